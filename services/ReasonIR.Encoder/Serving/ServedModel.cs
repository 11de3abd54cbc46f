using ReasonIR.Encoder.Batching;
using ReasonIR.Models;

namespace ReasonIR.Encoder.Serving;

/// <summary>A model in memory.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Revision">Hash of its files.</param>
/// <param name="Pooling">How token vectors become one.</param>
/// <param name="Settings">How it is served.</param>
/// <param name="Encoder">Its code and weights.</param>
/// <param name="Queue">Where its texts become batches.</param>
/// <param name="Bytes">Memory of its weights.</param>
public sealed record ServedModel(string Name, string Revision, string Pooling, ModelSettings Settings, ITextEncoder Encoder, BatchQueue Queue, long Bytes) : IDisposable
{
    /// <summary>Tokens of a text that are read.</summary>
    public int MaxTokens => Math.Min(Encoder.MaxTokens, Settings.MaxTokens ?? int.MaxValue);

    /// <summary>Whether looking a vector up can be cheaper than making it: for a static model it is not.</summary>
    public bool IsWorthCaching => Encoder.ModelType != "static";

    /// <summary>The first texts of a process are slow: code is compiled, threads start, memory is mapped. A batch of each shape, before anybody waits.</summary>
    public void WarmUp()
    {
        var vectors = new float[8 * Encoder.Dimension];
        var text = Encoder.Tokenize("A first text, so that the next ones are fast.".AsSpan(), new(MaxTokens: Settings.MaxTokens, Prompt: ""));
        if (text.Ids.Length == 0)
            return;
        Encoder.EncodeBatch([text], vectors.AsMemory(0, Encoder.Dimension));
        Encoder.EncodeBatch([.. Enumerable.Repeat(text, 8)], vectors);
    }

    public void Dispose()
    {
        Queue.Dispose();
        Encoder.Dispose();
    }
}
