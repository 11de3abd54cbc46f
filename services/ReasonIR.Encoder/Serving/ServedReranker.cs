using ReasonIR.Encoder.Batching;
using ReasonIR.Encoder.Metrics;
using ReasonIR.Models.CrossEncoders;

namespace ReasonIR.Encoder.Serving;

/// <summary>A cross-encoder in memory.</summary>
public sealed class ServedReranker : ServedModel
{
    readonly BatchLimits limits;

    /// <param name="encoder">Its code and weights; they are disposed with this.</param>
    /// <param name="limits">How its pairs become batches; the batch's tokens are the encoder's own where they are 0.</param>
    public ServedReranker(string name, string revision, ModelSettings settings, long bytes, CrossEncoder encoder, BatchLimits limits, EncoderMetrics metrics)
        : base(name, revision, settings, bytes)
    {
        this.limits = limits.BatchTokens > 0 ? limits : limits with { BatchTokens = encoder.BatchTokens };
        Encoder = encoder;
        Queue = new(new(name, encoder.Labels.Count, pair => pair.Ids.Length, encoder.LogitsOfBatch), this.limits, metrics);
    }

    /// <summary>Its code and weights.</summary>
    public CrossEncoder Encoder { get; }

    /// <summary>Where its pairs become batches; rows are logits.</summary>
    public BatchQueue<TokenizedPair> Queue { get; }

    public override int MaxTokens => Math.Min(Encoder.MaxTokens, Settings.MaxTokens ?? int.MaxValue);

    public override int BatchTokens => limits.BatchTokens;

    public override int WaitingTexts => Queue.WaitingTexts;

    public override void WarmUp()
    {
        var pair = Encoder.Tokenize(new("A first query", "and a first text, so that the next ones are fast."));
        Encoder.LogitsOfBatch([.. Enumerable.Repeat(pair, 8)], new float[8 * Encoder.Labels.Count]);
    }

    public override void Dispose()
    {
        Queue.Dispose();
        Encoder.Dispose();
    }
}
