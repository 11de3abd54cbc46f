using System.Globalization;
using System.Threading.Channels;
using Microsoft.Extensions.Options;
using ReasonIR.Encoder.Metrics;
using ReasonIR.Encoder.Serving;
using ReasonIR.Experiments.Artifacts;

namespace ReasonIR.Encoder.Cache;

/// <summary>
/// Vectors of texts that were encoded before, on disk: append-only files and one index in memory (about 60 bytes a vector). When the bound
/// is reached the oldest file goes. It survives SIGKILL: what a dead process left is read again at the next start, up to its last whole
/// record. Each process has a place of its own. Thread-safe.
/// </summary>
public sealed class EmbeddingCache : BackgroundService
{
    const int Places = 64, SegmentsAtMost = 16, Backlog = 65536;

    readonly string root;
    readonly long maxBytes;
    readonly ILogger<EmbeddingCache> logger;
    readonly ReaderWriterLockSlim gate = new();
    readonly Dictionary<UInt128, (CacheSegment Segment, long Offset)> index = [];
    readonly List<(CacheSegment Segment, List<UInt128> Keys)> segments = [];
    readonly Channel<(UInt128 Key, int Tokens, float[] Vector)> arriving =
        Channel.CreateBounded<(UInt128, int, float[])>(new BoundedChannelOptions(Backlog) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });
    FileStream? place;
    string folder = "";
    int number;

    public EmbeddingCache(IOptions<ServingOptions> options, ArtifactStore artifacts, EncoderMetrics metrics, ILogger<EmbeddingCache> logger)
        : this(options.Value.CachePath ?? Path.Combine(artifacts.Root, "cache", "embeddings"), options.Value.CacheBytes, metrics, logger)
    {
    }

    internal EmbeddingCache(string root, long maxBytes, EncoderMetrics metrics, ILogger<EmbeddingCache> logger)
    {
        (this.root, this.maxBytes, this.logger) = (root, maxBytes, logger);
        metrics.Meter.CreateObservableGauge("reasonir_encoder_cache_entries", () => Entries, null, "Vectors in the cache.");
        metrics.Meter.CreateObservableGauge("reasonir_encoder_cache_bytes", () => Bytes, "By", "Bytes of the cache's files.");
    }

    /// <summary>Whether vectors are kept at all.</summary>
    public bool IsOn => maxBytes > 0;

    /// <summary>Vectors that can be found.</summary>
    public int Entries => Reading(() => index.Count);

    /// <summary>Bytes of its files.</summary>
    public long Bytes => Reading(() => segments.Sum(entry => entry.Segment.Bytes));

    /// <summary>The bound.</summary>
    public long MaxBytes => maxBytes;

    /// <summary>The vector of a key, not normalized.</summary>
    /// <returns>The text's tokens; null where there is none.</returns>
    public int? Find(UInt128 key, Span<float> vector)
    {
        gate.EnterReadLock();
        try
        {
            return index.TryGetValue(key, out var at) ? at.Segment.Read(key, at.Offset, vector) : null;
        }
        finally
        {
            gate.ExitReadLock();
        }
    }

    /// <summary>Keeps a vector. It is written later; one of many that come faster than the disk takes them is left out.</summary>
    public void Keep(UInt128 key, int tokens, ReadOnlySpan<float> vector)
    {
        if (IsOn)
            arriving.Writer.TryWrite((key, tokens, vector.ToArray()));
    }

    /// <summary>Waits until what was kept so far can be found.</summary>
    internal async Task SettleAsync(CancellationToken cancellation)
    {
        while (arriving.Reader.Count > 0 || writing)
            await Task.Delay(5, cancellation);
    }

    volatile bool writing = true;

    protected override async Task ExecuteAsync(CancellationToken stopping)
    {
        if (!IsOn)
        {
            writing = false;
            return;
        }
        try
        {
            await Task.Run(() => OpenAll(stopping), stopping);
            writing = false;
            while (await arriving.Reader.WaitToReadAsync(stopping))
            {
                writing = true;
                while (arriving.Reader.TryRead(out var one))
                    Append(one.Key, one.Tokens, one.Vector);
                writing = false;
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // What arrived is on the disk or was not promised.
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // The service works without: a full disk must not stop it.
            logger.LogError(e, "The cache of embeddings at {Folder} cannot be written; it is off", root);
        }
    }

    void OpenAll(CancellationToken stopping)
    {
        Directory.CreateDirectory(root);
        for (var i = 0; place is null; i++)
        {
            if (i == Places)
                throw new IOException($"{root}: all {Places} places are taken by other processes.");
            folder = Path.Combine(root, i.ToString(CultureInfo.InvariantCulture));
            Directory.CreateDirectory(folder);
            try
            {
                place = new FileStream(Path.Combine(folder, "lock"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException) when (i < Places - 1)
            {
                // Another process is there.
            }
        }
        foreach (var path in Directory.EnumerateFiles(folder, "*.vectors").Order(StringComparer.Ordinal))
        {
            List<(UInt128 Key, long Offset)> found = [];
            if (CacheSegment.Open(path, (key, offset) => found.Add((key, offset)), stopping) is not { } segment)
            {
                logger.LogWarning("{Path} is no file of this cache's version; it is removed", path);
                File.Delete(path);
                continue;
            }
            number = int.TryParse(Path.GetFileNameWithoutExtension(path), CultureInfo.InvariantCulture, out var last) ? Math.Max(number, last) : number;
            Writing(() =>
            {
                segments.Add((segment, [.. found.Select(record => record.Key)]));
                foreach (var (key, offset) in found)
                    index[key] = (segment, offset);
            });
        }
        MakeRoom();
    }

    void Append(UInt128 key, int tokens, float[] vector)
    {
        if (Reading(() => index.ContainsKey(key)))
            return;
        if (segments.Count == 0 || segments[^1].Segment.Bytes >= maxBytes / SegmentsAtMost)
        {
            var segment = CacheSegment.Create(Path.Combine(folder, $"{++number:00000000}.vectors"));
            Writing(() => segments.Add((segment, [])));
        }
        var (last, keys) = segments[^1];
        var offset = last.Append(key, tokens, vector);
        Writing(() =>
        {
            index[key] = (last, offset);
            keys.Add(key);
        });
        MakeRoom();
    }

    /// <summary>Whole files go, the oldest first; never the one that is written.</summary>
    void MakeRoom()
    {
        while (segments.Count > 1 && segments.Sum(entry => entry.Segment.Bytes) > maxBytes)
        {
            var (oldest, keys) = segments[0];
            Writing(() =>
            {
                segments.RemoveAt(0);
                foreach (var key in keys)
                    if (index.TryGetValue(key, out var at) && at.Segment == oldest)
                        index.Remove(key);
                oldest.Delete();
            });
        }
    }

    T Reading<T>(Func<T> read)
    {
        gate.EnterReadLock();
        try
        {
            return read();
        }
        finally
        {
            gate.ExitReadLock();
        }
    }

    void Writing(Action write)
    {
        gate.EnterWriteLock();
        try
        {
            write();
        }
        finally
        {
            gate.ExitWriteLock();
        }
    }

    public override void Dispose()
    {
        base.Dispose();
        Writing(() =>
        {
            segments.ForEach(entry => entry.Segment.Dispose());
            segments.Clear();
            index.Clear();
        });
        place?.Dispose();
    }
}
