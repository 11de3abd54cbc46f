namespace ReasonIR.Tokenizers.Decoders;

/// <summary>Joins continuing tokens to the word before them, sets spaces between the others and, with <paramref name="cleanup"/>, closes them up before punctuation and English contractions.</summary>
public sealed class WordPieceDecoder(string prefix, bool cleanup) : IDecoder
{
    static readonly (string From, string To)[] Cleanups =
    [
        (" .", "."), (" ?", "?"), (" !", "!"), (" ,", ","), (" ' ", "'"), (" n't", "n't"), (" 'm", "'m"), (" do not", " don't"),
        (" 's", "'s"), (" 've", "'ve"), (" 're", "'re"),
    ];

    public IEnumerable<string> Decode(IReadOnlyList<string> tokens)
    {
        for (var i = 0; i < tokens.Count; i++)
        {
            var token = tokens[i];
            if (i > 0)
                token = prefix.Length > 0 && token.StartsWith(prefix, StringComparison.Ordinal) ? token[prefix.Length..] : " " + token;
            // Token by token, as the reference does: a pattern that spans two tokens stays.
            yield return cleanup ? Cleanup(token) : token;
        }
    }

    internal static string Cleanup(string text)
    {
        foreach (var (from, to) in Cleanups)
            text = text.Replace(from, to, StringComparison.Ordinal);
        return text;
    }
}
