namespace ReasonIR.Tokenizers.PostProcessors;

/// <summary>Fourth stage: puts the special tokens around a text or a pair, and sets type ids and offsets.</summary>
public interface IPostProcessor
{
    /// <summary>Whether it sets the halves into an order of its own, with special tokens around them; a sequence of processors holds at most one such.</summary>
    bool Arranges { get; }

    /// <summary>How many special tokens are added.</summary>
    int AddedTokens(bool pair);

    /// <summary>The parts of the result in their order; joined, they are the encoding.</summary>
    /// <param name="parts">The text, or the two texts of a pair; behind a processor that arranges, its parts.</param>
    /// <param name="addSpecialTokens">False: only type ids and offsets are set.</param>
    IReadOnlyList<Encoding> Process(IReadOnlyList<Encoding> parts, bool addSpecialTokens);

    /// <summary>The ids alone with their special tokens, for callers that need nothing else.</summary>
    void AppendIds(List<int> output, ReadOnlySpan<int> first, ReadOnlySpan<int> second, bool pair);
}
