using System.Diagnostics.Metrics;

namespace ReasonIR.Encoder.Metrics;

/// <summary>
/// What the service counts. Where text-embeddings-inference has a metric of the same meaning it has that name, so that dashboards fit;
/// the rest begins with <c>reasonir_</c>. They go out over <c>/metrics</c> and, where that is configured, over OTLP.
/// </summary>
public sealed class EncoderMetrics : IDisposable
{
    static readonly double[] Seconds = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];
    static readonly double[] Counts = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048];
    static readonly double[] Tokens = [16, 32, 64, 128, 256, 512, 1024, 2048, 4096, 8192, 16384, 32768, 65536];

    readonly Counter<long> requests, succeeded, failed, tokens, texts, hits, misses;
    readonly Histogram<double> duration, tokenization, queue, inference;
    readonly Histogram<int> batchTexts;
    readonly Histogram<long> batchTokens;

    public EncoderMetrics()
    {
        requests = Meter.CreateCounter<long>("te_request_count", null, "Requests.");
        succeeded = Meter.CreateCounter<long>("te_request_success", null, "Requests that were answered.");
        failed = Meter.CreateCounter<long>("te_request_failure", null, "Requests that were refused or failed, by kind of error.");
        duration = Meter.CreateHistogram("te_request_duration", "s", "From the first byte of a request to its answer.", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = Seconds });
        tokenization = Meter.CreateHistogram("te_request_tokenization_duration", "s", "Reading and tokenizing the texts of a request.", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = Seconds });
        queue = Meter.CreateHistogram("te_request_queue_duration", "s", "From a request's tokens to its first batch.", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = Seconds });
        inference = Meter.CreateHistogram("te_batch_inference_duration", "s", "One batch through the model.", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = Seconds });
        batchTexts = Meter.CreateHistogram("te_batch_next_size", null, "Texts of a batch.", advice: new InstrumentAdvice<int> { HistogramBucketBoundaries = [.. Counts.Select(c => (int)c)] });
        batchTokens = Meter.CreateHistogram("te_batch_next_tokens", null, "Tokens of a batch.", advice: new InstrumentAdvice<long> { HistogramBucketBoundaries = [.. Tokens.Select(t => (long)t)] });
        tokens = Meter.CreateCounter<long>("reasonir_encoder_tokens", null, "Tokens that went through a model.");
        texts = Meter.CreateCounter<long>("reasonir_encoder_texts", null, "Texts that went through a model.");
        hits = Meter.CreateCounter<long>("reasonir_encoder_cache_hits", null, "Texts whose vector was in the cache.");
        misses = Meter.CreateCounter<long>("reasonir_encoder_cache_misses", null, "Texts whose vector was not in the cache.");
        Dropped = Meter.CreateCounter<long>("reasonir_encoder_dropped_texts", null, "Texts that waited when their caller went away.");
        Loads = Meter.CreateCounter<long>("reasonir_encoder_model_loads", null, "Models brought into memory.");
        Unloads = Meter.CreateCounter<long>("reasonir_encoder_model_unloads", null, "Models that made room for others.");
        Meter.CreateObservableGauge("process_resident_memory_bytes", () => Environment.WorkingSet, "By", "Memory of the process.");
    }

    /// <summary>Holds all instruments; other parts add gauges of theirs.</summary>
    public Meter Meter { get; } = new("ReasonIR.Encoder");

    /// <summary>Texts that waited when their caller went away.</summary>
    public Counter<long> Dropped { get; }

    public Counter<long> Loads { get; }

    public Counter<long> Unloads { get; }

    /// <summary>A request was answered, or refused (<paramref name="error"/>: its kind).</summary>
    public void Requested(string method, TimeSpan elapsed, string? error)
    {
        KeyValuePair<string, object?> by = new("method", method);
        requests.Add(1, by);
        if (error is null)
            succeeded.Add(1, by);
        else
            failed.Add(1, new KeyValuePair<string, object?>("err", error));
        duration.Record(elapsed.TotalSeconds, by);
    }

    public void Tokenized(TimeSpan elapsed) => tokenization.Record(elapsed.TotalSeconds);

    public void Queued(TimeSpan waited) => queue.Record(waited.TotalSeconds);

    public void Batched(string model, int batch, long batchTokenCount, TimeSpan elapsed)
    {
        KeyValuePair<string, object?> by = new("model", model);
        batchTexts.Record(batch, by);
        batchTokens.Record(batchTokenCount, by);
        inference.Record(elapsed.TotalSeconds, by);
        texts.Add(batch, by);
        tokens.Add(batchTokenCount, by);
    }

    public void Looked(int found, int absent)
    {
        hits.Add(found);
        misses.Add(absent);
    }

    public void Dispose() => Meter.Dispose();
}
