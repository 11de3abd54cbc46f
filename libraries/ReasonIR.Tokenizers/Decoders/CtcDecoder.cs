namespace ReasonIR.Tokenizers.Decoders;

/// <summary>Connectionist temporal classification: repeated tokens count once, then the padding token vanishes and the delimiter is a space.</summary>
public sealed class CtcDecoder(string padToken, string wordDelimiter, bool cleanup) : IDecoder
{
    public IEnumerable<string> Decode(IReadOnlyList<string> tokens)
    {
        for (var i = 0; i < tokens.Count; i++)
        {
            if (i > 0 && tokens[i] == tokens[i - 1])
                continue;
            var token = Without(tokens[i], padToken, "");
            if (cleanup)
                token = Without(WordPieceDecoder.Cleanup(token), wordDelimiter, " ");
            if (token.Length > 0)
                yield return token;
        }
    }

    static string Without(string token, string old, string with) => old.Length == 0 ? token : token.Replace(old, with, StringComparison.Ordinal);
}
