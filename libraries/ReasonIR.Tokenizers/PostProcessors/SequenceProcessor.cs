namespace ReasonIR.Tokenizers.PostProcessors;

/// <summary>Several processors, one after the other; at most one of them arranges.</summary>
public sealed class SequenceProcessor(IReadOnlyList<IPostProcessor> processors) : IPostProcessor
{
    readonly IPostProcessor? arranging = processors.Count(processor => processor.Arranges) <= 1
        ? processors.FirstOrDefault(processor => processor.Arranges)
        : throw new ArgumentException("Two processors of one sequence add special tokens.", nameof(processors));

    public bool Arranges => arranging is not null;

    public int AddedTokens(bool pair) => arranging?.AddedTokens(pair) ?? 0;

    public IReadOnlyList<Encoding> Process(IReadOnlyList<Encoding> parts, bool addSpecialTokens) =>
        processors.Aggregate(parts, (current, processor) => processor.Process(current, addSpecialTokens));

    public void AppendIds(List<int> output, ReadOnlySpan<int> first, ReadOnlySpan<int> second, bool pair)
    {
        if (arranging is not null)
        {
            arranging.AppendIds(output, first, second, pair);
            return;
        }
        output.AddRange(first);
        output.AddRange(second);
    }
}
