namespace ReasonIR.Tokenizers.Decoders;

/// <summary>Joins all pieces into one, for the decoders behind it.</summary>
public sealed class FuseDecoder : IDecoder
{
    public IEnumerable<string> Decode(IReadOnlyList<string> tokens) => [string.Concat(tokens)];
}
