using System.Threading.Channels;
using Microsoft.Extensions.Options;
using ReasonIR.Encoder.Metrics;
using ReasonIR.Encoder.Serving;
using ReasonIR.Experiments.Artifacts;

namespace ReasonIR.Encoder.Cache;

/// <summary>
/// Vectors of texts that were encoded before, on disk, within a bound: requests look them up, and what they had to make is written behind
/// their backs. It survives SIGKILL: the next process reads what is whole. Thread-safe.
/// </summary>
public sealed class EmbeddingCache : BackgroundService
{
    /// <summary>Numbers of the vectors that may wait for the disk: 256 MB.</summary>
    const long MostWaiting = 64 << 20;

    readonly string root;
    readonly ILogger<EmbeddingCache> logger;
    readonly CacheFiles files;
    readonly Channel<(UInt128 Key, int Tokens, float[] Vector)> arriving = Channel.CreateUnbounded<(UInt128, int, float[])>(new() { SingleReader = true });
    long waiting;
    volatile bool isOff, isOpening = true;

    public EmbeddingCache(IOptions<ServingOptions> options, ArtifactStore artifacts, EncoderMetrics metrics, ILogger<EmbeddingCache> logger)
        : this(options.Value.CachePath ?? Path.Combine(artifacts.Root, "cache", "embeddings"), options.Value.CacheBytes, metrics, logger)
    {
    }

    internal EmbeddingCache(string root, long maxBytes, EncoderMetrics metrics, ILogger<EmbeddingCache> logger)
    {
        (this.root, MaxBytes, this.logger, isOff, files) = (root, maxBytes, logger, maxBytes == 0, new(root, maxBytes, logger));
        metrics.Meter.CreateObservableGauge("reasonir_encoder_cache_entries", () => Entries, null, "Vectors in the cache.");
        metrics.Meter.CreateObservableGauge("reasonir_encoder_cache_bytes", () => Bytes, "By", "Bytes of the cache's files.");
    }

    /// <summary>Whether vectors are kept at all: not where the bound is 0, and not any more once the disk said no.</summary>
    public bool IsOn => !isOff;

    /// <summary>Vectors that can be found.</summary>
    public int Entries => files.Entries;

    /// <summary>Bytes of its files.</summary>
    public long Bytes => files.Bytes;

    /// <summary>The bound.</summary>
    public long MaxBytes { get; }

    /// <summary>The vector of a key, not normalized.</summary>
    /// <returns>The text's tokens; null where there is none.</returns>
    public int? Find(UInt128 key, Span<float> vector) => files.Find(key, vector);

    /// <summary>Keeps a vector. It is written later; one of many that come faster than the disk takes them is left out.</summary>
    public void Keep(UInt128 key, int tokens, ReadOnlySpan<float> vector)
    {
        if (IsOn && Interlocked.Add(ref waiting, vector.Length) <= MostWaiting)
            arriving.Writer.TryWrite((key, tokens, vector.ToArray()));
        else if (IsOn)
            Interlocked.Add(ref waiting, -vector.Length);
    }

    /// <summary>Waits until what was kept so far can be found.</summary>
    internal async Task SettleAsync(CancellationToken cancellation)
    {
        while (IsOn && (isOpening || Interlocked.Read(ref waiting) > 0))
            await Task.Delay(5, cancellation);
    }

    protected override async Task ExecuteAsync(CancellationToken stopping)
    {
        if (!IsOn)
            return;
        try
        {
            await Task.Run(() => files.Open(stopping), stopping);
            isOpening = false;
            await foreach (var (key, tokens, vector) in arriving.Reader.ReadAllAsync(stopping))
            {
                files.Append(key, tokens, vector);
                Interlocked.Add(ref waiting, -vector.Length);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // What arrived is on the disk or was not promised.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The service works without: a full disk must not stop it, nor may vectors pile up for it.
            isOff = true;
            while (arriving.Reader.TryRead(out _))
                continue;
            logger.LogError(e, "The cache of embeddings at {Folder} cannot be written; it is off", root);
        }
    }

    public override void Dispose()
    {
        base.Dispose();
        files.Dispose();
    }
}
