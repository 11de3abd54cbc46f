namespace ReasonIR.Tokenizers.Models;

/// <summary>
/// WordPiece (Schuster and Nakajima 2012, as BERT uses it): the longest token that begins the word, then the longest continuing token
/// (<c>##...</c>) of what is left, and so on; a word that cannot be cut to its end, or is longer than the limit, is one unknown token.
/// </summary>
public sealed class WordPiece : ITokenModel
{
    readonly Vocabulary vocabulary;
    readonly Dictionary<string, int>.AlternateLookup<ReadOnlySpan<char>> starts, continuations;
    readonly int longestStart, longestContinuation, maxCharacters;

    /// <param name="vocabulary">Token to id; ids need not be dense.</param>
    /// <param name="unknownToken">Must be in the vocabulary.</param>
    /// <param name="continuingPrefix">Marks tokens that continue a word.</param>
    /// <param name="maxCharacters">Words of more code points are unknown.</param>
    public WordPiece(IReadOnlyDictionary<string, int> vocabulary, string unknownToken = "[UNK]", string continuingPrefix = "##", int maxCharacters = 100)
    {
        var all = new Dictionary<string, int>(vocabulary, StringComparer.Ordinal);
        this.vocabulary = new(all);
        this.maxCharacters = maxCharacters;
        (ContinuingPrefix, UnknownToken) = (continuingPrefix, unknownToken);
        UnknownId = vocabulary.TryGetValue(unknownToken, out var unknown)
            ? unknown
            : throw new InvalidDataException($"the WordPiece vocabulary lacks its unk_token '{unknownToken}'");

        var rest = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var (token, id) in vocabulary)
        {
            longestStart = Math.Max(longestStart, token.Length);
            if (token.StartsWith(continuingPrefix, StringComparison.Ordinal))
            {
                rest[token[continuingPrefix.Length..]] = id;
                longestContinuation = Math.Max(longestContinuation, token.Length - continuingPrefix.Length);
            }
        }
        starts = all.GetAlternateLookup<ReadOnlySpan<char>>();
        continuations = rest.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public string UnknownToken { get; }

    public int UnknownId { get; }

    public string ContinuingPrefix { get; }

    public int VocabularySize => vocabulary.Size;

    public int? TokenToId(string token) => vocabulary.Id(token) is var id and >= 0 ? id : null;

    public string? IdToToken(int id) => vocabulary.Token(id);

    public void Tokenize(ReadOnlySpan<char> piece, List<PieceToken> tokens)
    {
        var first = tokens.Count;
        if (!TooLong(piece))
        {
            var start = 0;
            while (start < piece.Length && Longest(piece, start) is (var id, var length) && length > 0)
            {
                tokens.Add(new(id, start, start + length));
                start += length;
            }
            if (start == piece.Length)
                return;
            tokens.RemoveRange(first, tokens.Count - first);
        }
        tokens.Add(new(UnknownId, 0, piece.Length));
    }

    /// <summary>As <see cref="Tokenize"/>, ids alone.</summary>
    public void AppendIds(ReadOnlySpan<char> piece, List<int> ids)
    {
        if (piece.Length <= longestStart && starts.TryGetValue(piece, out var whole) && !TooLong(piece))
        {
            ids.Add(whole);
            return;
        }
        var first = ids.Count;
        if (!TooLong(piece))
        {
            var start = 0;
            while (start < piece.Length && Longest(piece, start) is (var id, var length) && length > 0)
            {
                ids.Add(id);
                start += length;
            }
            if (start == piece.Length)
                return;
            ids.RemoveRange(first, ids.Count - first);
        }
        ids.Add(UnknownId);
    }

    (int Id, int Length) Longest(ReadOnlySpan<char> piece, int start)
    {
        var (lookup, longest) = start == 0 ? (starts, longestStart) : (continuations, longestContinuation);
        for (var length = Math.Min(piece.Length - start, longest); length > 0; length--)
            if (lookup.TryGetValue(piece.Slice(start, length), out var id))
                return (id, length);
        return (0, 0);
    }

    bool TooLong(ReadOnlySpan<char> piece)
    {
        if (piece.Length <= maxCharacters)
            return false;
        var surrogates = 0;
        for (var i = 1; i < piece.Length; i++)
            if (char.IsSurrogatePair(piece[i - 1], piece[i]))
                surrogates++;
        return piece.Length - surrogates > maxCharacters;
    }
}
