namespace ReasonIR.Tokenizers.PostProcessors;

/// <summary>Fourth stage: puts the special tokens around a text or a pair and sets the type ids.</summary>
public interface IPostProcessor
{
    /// <summary>How many special tokens are added.</summary>
    int AddedTokens(bool pair);

    Encoding Process(Encoding first, Encoding? second, bool addSpecialTokens);

    /// <summary>The ids alone, for callers that need nothing else.</summary>
    void AppendIds(List<int> output, ReadOnlySpan<int> first, ReadOnlySpan<int> second, bool pair);
}
