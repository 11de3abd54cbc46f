namespace ReasonIR.Tokenizers.Decoders;

/// <summary>Tokens whose words end in a suffix (<c>&lt;/w&gt;</c>): the suffix becomes a space, at the end of the text nothing.</summary>
public sealed class BpeDecoder(string suffix) : IDecoder
{
    public IEnumerable<string> Decode(IReadOnlyList<string> tokens) =>
        tokens.Select((token, i) => suffix.Length == 0 ? token : token.Replace(suffix, i == tokens.Count - 1 ? "" : " ", StringComparison.Ordinal));
}
