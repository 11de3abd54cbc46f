using ReasonIR.Encoder.Batching;
using ReasonIR.Encoder.Metrics;
using ReasonIR.Models;
using ReasonIR.Models.Transformers;

namespace ReasonIR.Encoder.Serving;

/// <summary>An encoder of texts in memory.</summary>
public sealed class ServedEncoder : ServedModel
{
    readonly BatchLimits limits;

    /// <param name="pooling">How token vectors become one.</param>
    /// <param name="encoder">Its code and weights; they are disposed with this.</param>
    /// <param name="limits">How its texts become batches; the batch's tokens are the encoder's own where they are 0.</param>
    public ServedEncoder(string name, string revision, ModelSettings settings, long bytes, string pooling, ITextEncoder encoder, BatchLimits limits, EncoderMetrics metrics)
        : base(name, revision, settings, bytes)
    {
        this.limits = limits.BatchTokens > 0 ? limits : limits with { BatchTokens = encoder.BatchTokens };
        (Pooling, Encoder) = (pooling, encoder);
        Queue = new(new(name, encoder.Dimension, text => text.Ids.Length, encoder.EncodeBatch), this.limits, metrics);
    }

    /// <summary>How token vectors become one.</summary>
    public string Pooling { get; }

    /// <summary>Its code and weights.</summary>
    public ITextEncoder Encoder { get; }

    /// <summary>Where its texts become batches; the vectors are not normalized.</summary>
    public BatchQueue<TokenizedText> Queue { get; }

    public override int MaxTokens => Math.Min(Encoder.MaxTokens, Settings.MaxTokens ?? int.MaxValue);

    public override int BatchTokens => limits.BatchTokens;

    public override int WaitingTexts => Queue.WaitingTexts;

    /// <summary>Whether looking a vector up can be cheaper than making it: for a static model it is not.</summary>
    public bool IsWorthCaching => Encoder.ModelType != "static";

    public override void WarmUp()
    {
        var text = Encoder.Tokenize("A first text, so that the next ones are fast.".AsSpan(), new(Prompt: ""));
        if (text.Ids.Length == 0)
            return;
        var vectors = new float[8 * Encoder.Dimension];
        Encoder.EncodeBatch([text], vectors.AsMemory(0, Encoder.Dimension));
        Encoder.EncodeBatch([.. Enumerable.Repeat(text, 8)], vectors);
    }

    public override void Dispose()
    {
        Queue.Dispose();
        Encoder.Dispose();
    }
}
