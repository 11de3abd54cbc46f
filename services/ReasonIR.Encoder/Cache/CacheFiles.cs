using System.Globalization;

namespace ReasonIR.Encoder.Cache;

/// <summary>
/// The files of a cache and one index in memory (about 60 bytes a vector). When the bound is reached the oldest file goes. Each process has
/// a folder of its own below the root. Many threads may look while one opens and appends.
/// </summary>
sealed class CacheFiles(string root, long maxBytes, ILogger logger) : IDisposable
{
    const int Places = 64, SegmentsAtMost = 16;

    readonly ReaderWriterLockSlim gate = new();
    readonly Dictionary<UInt128, (CacheSegment Segment, long Offset)> index = [];
    readonly List<(CacheSegment Segment, List<UInt128> Keys)> segments = [];
    FileStream? place;
    string folder = "";
    int number;

    /// <summary>Vectors that can be found.</summary>
    public int Entries => Reading(() => index.Count);

    /// <summary>Bytes of the files.</summary>
    public long Bytes => Reading(() => segments.Sum(entry => entry.Segment.Bytes));

    /// <summary>The vector of a key.</summary>
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

    /// <summary>Takes a folder and reads what a process before left in it, up to its last whole record.</summary>
    /// <exception cref="IOException">All places are taken, or the disk says no.</exception>
    public void Open(CancellationToken cancellation)
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
            if (CacheSegment.Open(path, (key, offset) => found.Add((key, offset)), cancellation) is not { } segment)
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

    /// <summary>Adds a vector, unless it is there.</summary>
    public void Append(UInt128 key, int tokens, ReadOnlySpan<float> vector)
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

    public void Dispose()
    {
        Writing(() =>
        {
            segments.ForEach(entry => entry.Segment.Dispose());
            segments.Clear();
            index.Clear();
        });
        place?.Dispose();
    }
}
