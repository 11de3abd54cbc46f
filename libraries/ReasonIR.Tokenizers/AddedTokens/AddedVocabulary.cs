using System.Buffers;
using ReasonIR.Tokenizers.Normalizers;
using ReasonIR.Tokenizers.Text;

namespace ReasonIR.Tokenizers.AddedTokens;

/// <summary>The added tokens, and the search for them: leftmost first, the longest of those that begin at one place.</summary>
sealed class AddedVocabulary
{
    readonly Dictionary<int, string> byId;
    readonly Dictionary<string, int> byContent;
    readonly HashSet<string> special;
    readonly Matcher asWritten, asNormalized;
    readonly bool normalizes;

    public AddedVocabulary(IReadOnlyList<AddedToken> tokens, INormalizer? normalizer)
    {
        // Of two that are the same once normalized a special one goes first.
        List<(string Content, AddedToken Token)> sought = [.. tokens.OrderBy(token => !token.Special).Select(token =>
            (token.Normalized && normalizer is not null ? normalizer.Normalize(NormalizedText.From(token.Content)).ToString() : token.Content, token))];
        byId = sought.ToDictionary(entry => entry.Token.Id, entry => entry.Content);
        byContent = tokens.ToDictionary(token => token.Content, token => token.Id, StringComparer.Ordinal);
        special = [.. tokens.Where(token => token.Special).Select(token => token.Content)];
        asWritten = new(sought.Where(entry => !entry.Token.Normalized));
        asNormalized = new(sought.Where(entry => entry.Token.Normalized));
        normalizes = normalizer is not null;
        LargestId = tokens.Count == 0 ? -1 : byId.Keys.Max();
    }

    public int LargestId { get; }

    /// <summary>What an id is shown and decoded as: its content, normalized where it is sought so.</summary>
    public string? TokenOf(int id) => byId.GetValueOrDefault(id);

    /// <summary>Whether a token is left out when decoding without special tokens; one that normalization changes is not.</summary>
    public bool IsSpecial(string token) => special.Contains(token);

    public int? IdOf(string content) => byContent.TryGetValue(content, out var id) ? id : null;

    /// <summary>Whether the text may hold an added token; false is certain.</summary>
    public bool MayOccurIn(ReadOnlySpan<char> text) => SeeksNormalized || asWritten.MayOccurIn(text) || asNormalized.MayOccurIn(text);

    /// <summary>Whether some are sought in the normalized text, which differs from the given one.</summary>
    public bool SeeksNormalized => normalizes && !asNormalized.IsEmpty;

    /// <summary>Cuts a text into added tokens and normalized pieces between them.</summary>
    public IEnumerable<(NormalizedText Text, AddedToken? Token)> Split(NormalizedText text, INormalizer? normalizer)
    {
        foreach (var (piece, token) in asWritten.Split(text))
            if (token is not null)
                yield return (piece, token);
            else
                foreach (var inner in asNormalized.Split(normalizer?.Normalize(piece) ?? piece))
                    yield return inner;
    }

    /// <summary>Finds one set of contents.</summary>
    sealed class Matcher
    {
        // Longest first, so that the first that matches at a place is the longest.
        readonly (string Content, AddedToken Token)[] tokens;
        readonly SearchValues<string> any;

        public Matcher(IEnumerable<(string Content, AddedToken Token)> tokens)
        {
            this.tokens = [.. tokens.Where(t => t.Content.Length > 0).OrderByDescending(t => t.Content.Length)];
            any = SearchValues.Create([.. this.tokens.Select(t => t.Content)], StringComparison.Ordinal);
        }

        public bool IsEmpty => tokens.Length == 0;

        public bool MayOccurIn(ReadOnlySpan<char> text) => !IsEmpty && text.ContainsAny(any);

        public List<(NormalizedText Text, AddedToken? Token)> Split(NormalizedText text)
        {
            var result = new List<(NormalizedText, AddedToken?)>();
            var characters = text.Characters;
            var done = 0;
            for (var from = 0; !IsEmpty && from < characters.Length;)
            {
                var found = characters[from..].IndexOfAny(any);
                if (found < 0)
                    break;
                var start = from + found;
                var token = Longest(characters[start..], out var length);
                var stop = from = start + length;
                if (token.SingleWord && (EndsWithWord(characters[..start]) || StartsWithWord(characters[stop..])))
                    continue;
                if (token.LeftStrip)
                    start = Math.Max(done, characters[..start].TrimEnd().Length);
                if (token.RightStrip)
                    stop = characters.Length - characters[stop..].TrimStart().Length;
                if (done < start)
                    result.Add((text.Slice(done, start - done), null));
                // A token of spaces whose spaces the one before took leaves nothing.
                if (start < stop)
                    result.Add((text.Slice(start, stop - start), token));
                done = stop;
            }
            if (done < characters.Length)
                result.Add((text.Slice(done, characters.Length - done), null));
            return result;
        }

        AddedToken Longest(ReadOnlySpan<char> text, out int length)
        {
            foreach (var (content, token) in tokens)
                if (text.StartsWith(content, StringComparison.Ordinal))
                {
                    length = content.Length;
                    return token;
                }
            throw new InvalidOperationException("The search found a token that is not there.");
        }

        static bool EndsWithWord(ReadOnlySpan<char> text) =>
            System.Text.Rune.DecodeLastFromUtf16(text, out var rune, out _) == OperationStatus.Done && Unicode.Categories.IsWord(rune);

        static bool StartsWithWord(ReadOnlySpan<char> text) =>
            System.Text.Rune.DecodeFromUtf16(text, out var rune, out _) == OperationStatus.Done && Unicode.Categories.IsWord(rune);
    }
}
