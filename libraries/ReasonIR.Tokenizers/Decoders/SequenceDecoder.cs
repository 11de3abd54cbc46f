namespace ReasonIR.Tokenizers.Decoders;

/// <summary>Several decoders, each taking the pieces of the one before.</summary>
public sealed class SequenceDecoder(IReadOnlyList<IDecoder> decoders) : IDecoder
{
    public IEnumerable<string> Decode(IReadOnlyList<string> tokens) =>
        decoders.Aggregate(tokens, (current, decoder) => [.. decoder.Decode(current)]);
}
