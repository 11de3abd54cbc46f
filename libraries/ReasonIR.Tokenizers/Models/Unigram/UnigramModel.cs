using System.Buffers;
using System.Globalization;
using System.Text;

namespace ReasonIR.Tokenizers.Models.Unigram;

/// <summary>
/// The unigram language model (Kudo 2018, sentencepiece): a piece is cut so that the sum of its tokens' scores (log probabilities) is
/// greatest, by Viterbi from left to right; of equal sums the one found first stays. A character that no token covers alone costs 10 more
/// than the worst token, and neighboring unknown ones are one token. Time is linear in the piece times the longest token. Thread-safe.
/// </summary>
public sealed class UnigramModel : ITokenModel
{
    const double UnknownPenalty = 10;

    /// <summary>Pieces up to this many UTF-16 units find their best path on the stack.</summary>
    const int ShortPiece = 128;

    [ThreadStatic]
    static List<PieceToken>? shortPieces;

    readonly TokenTrie trie = new();
    readonly string[] tokens;
    readonly double[] scores;
    readonly double unknownScore;
    readonly int unknown;
    readonly int[]? byteIds;

    /// <param name="vocabulary">Tokens and scores in the order of their ids.</param>
    /// <param name="unknownId">The id of what no token covers; null: such a text is an error.</param>
    /// <param name="byteFallback">Whether an unknown part becomes its UTF-8 bytes (<c>&lt;0xE4&gt;</c>), where the vocabulary has them all.</param>
    /// <exception cref="InvalidDataException">The vocabulary is empty, a score is not finite, or the unknown id lies outside.</exception>
    public UnigramModel(IReadOnlyList<(string Token, double Score)> vocabulary, int? unknownId, bool byteFallback)
    {
        if (vocabulary.Count == 0)
            throw new InvalidDataException("the Unigram vocabulary is empty");
        if (unknownId is { } id && (uint)id >= (uint)vocabulary.Count)
            throw new InvalidDataException($"unk_id {id} lies outside the vocabulary of {vocabulary.Count} tokens");
        unknown = unknownId ?? TokenTrie.None;
        tokens = new string[vocabulary.Count];
        scores = new double[vocabulary.Count];
        for (var i = 0; i < tokens.Length; i++)
        {
            (tokens[i], scores[i]) = vocabulary[i];
            if (!double.IsFinite(scores[i]))
                throw new InvalidDataException($"the score of token {i} '{tokens[i]}' is not finite");
            // A token that stands twice has its last id.
            trie.Add(TokenTrie.Root, tokens[i], i);
        }
        unknownScore = scores.Min() - UnknownPenalty;
        if (byteFallback)
            byteIds = [.. Enumerable.Range(0, 256).Select(value => trie.Find(TokenTrie.Root, string.Create(CultureInfo.InvariantCulture, $"<0x{value:X2}>")))];
    }

    public int VocabularySize => tokens.Length;

    public int? TokenToId(string token) => trie.Find(TokenTrie.Root, token) is var id and >= 0 ? id : null;

    public string? IdToToken(int id) => (uint)id < (uint)tokens.Length ? tokens[id] : null;

    public void Tokenize(ReadOnlySpan<char> piece, List<PieceToken> tokens)
    {
        var first = tokens.Count;
        var rented = piece.Length < ShortPiece ? null : ArrayPool<Best>.Shared.Rent(piece.Length + 1);
        var path = rented is null ? stackalloc Best[ShortPiece] : rented;
        try
        {
            FindPath(piece, path);
            for (int end = piece.Length, start; end > 0; end = start)
            {
                start = path[end].Start;
                var id = path[end].Id;
                if (id != unknown)
                {
                    tokens.Add(new(id, start, end));
                    continue;
                }
                while (start > 0 && path[start].Id == unknown)
                    start = path[start].Start;
                AddUnknown(piece, start, end, tokens);
            }
        }
        finally
        {
            if (rented is not null)
                ArrayPool<Best>.Shared.Return(rented);
        }
        tokens.Reverse(first, tokens.Count - first);
    }

    /// <inheritdoc/>
    public void AppendIds(ReadOnlySpan<char> piece, List<int> ids)
    {
        // A list a word would be most of what a text leaves to the garbage collector.
        var found = piece.Length < ShortPiece ? shortPieces ??= new(ShortPiece) : [];
        found.Clear();
        Tokenize(piece, found);
        foreach (var token in found)
            ids.Add(token.Id);
    }

    void FindPath(ReadOnlySpan<char> piece, Span<Best> path)
    {
        path = path[..(piece.Length + 1)];
        path.Fill(new(0, -1, 0));
        for (int start = 0, width; start < piece.Length; start += width)
        {
            width = start + 1 < piece.Length && char.IsSurrogatePair(piece[start], piece[start + 1]) ? 2 : 1;
            var score = path[start].Score;
            var covered = false;
            var node = TokenTrie.Root;
            for (var end = start; end < piece.Length && (node = trie.Step(node, piece[end])) != TokenTrie.None;)
            {
                end++;
                var id = trie.Value(node);
                if (id == TokenTrie.None)
                    continue;
                covered |= end == start + width;
                Offer(ref path[end], score + scores[id], start, id);
            }
            if (covered)
                continue;
            if (unknown == TokenTrie.None)
                throw new InvalidOperationException($"The text holds '{piece.Slice(start, width)}', which the vocabulary lacks, and the tokenizer's model has no unk_id.");
            Offer(ref path[start + width], score + unknownScore, start, unknown);
        }
    }

    static void Offer(ref Best best, double score, int start, int id)
    {
        if (best.Start < 0 || score > best.Score)
            best = new(score, start, id);
    }

    /// <summary>Tokens are added from the last to the first.</summary>
    void AddUnknown(ReadOnlySpan<char> piece, int start, int end, List<PieceToken> tokens)
    {
        var text = piece[start..end];
        // Characters unknown one by one may be a token together.
        if (trie.Find(TokenTrie.Root, text) is var id and >= 0)
        {
            tokens.Add(new(id, start, end));
            return;
        }
        var count = tokens.Count;
        if (byteIds is not null)
            foreach (var value in System.Text.Encoding.UTF8.GetBytes(text.ToArray()))
            {
                if (byteIds[value] < 0)
                {
                    tokens.RemoveRange(count, tokens.Count - count);
                    break;
                }
                tokens.Add(new(byteIds[value], start, end));
            }
        if (tokens.Count == count)
            tokens.Add(new(unknown, start, end, Verbatim: true));
        else
            tokens.Reverse(count, tokens.Count - count);
    }

    /// <summary>The best path that ends at a place: its score, where its last token begins (-1: none ends here) and that token.</summary>
    readonly record struct Best(double Score, int Start, int Id);
}
