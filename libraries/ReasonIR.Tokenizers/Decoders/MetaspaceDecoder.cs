namespace ReasonIR.Tokenizers.Decoders;

/// <summary>Space marks back to spaces; those of the first token vanish where the pre-tokenizer sets one before a text.</summary>
public sealed class MetaspaceDecoder(string mark, bool prepends) : IDecoder
{
    public IEnumerable<string> Decode(IReadOnlyList<string> tokens) =>
        tokens.Select((token, i) => token.Replace(mark, i == 0 && prepends ? "" : " ", StringComparison.Ordinal));
}
