using System.Text;

namespace ReasonIR.Retrieval.Vectors;

/// <summary>
/// Changes an index: new segments first, the manifest that names them last. One writer at a time, across processes: the file
/// <c>write.lock</c> is locked meanwhile (a killed process gives it back).
/// </summary>
sealed class IndexWriter : IDisposable
{
    const string LockName = "write.lock";

    static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    readonly string folder;
    readonly FileStream held;

    IndexWriter(string folder, FileStream held) => (this.folder, this.held) = (folder, held);

    /// <summary>Waits for the index to be free.</summary>
    /// <exception cref="TimeoutException">It is not for a minute.</exception>
    public static IndexWriter Lock(string folder, CancellationToken cancellation = default)
    {
        var until = DateTime.UtcNow + Patience;
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            try
            {
                return new(folder, new(Path.Combine(folder, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1));
            }
            catch (IOException) when (Directory.Exists(folder))
            {
                if (DateTime.UtcNow > until)
                    throw new TimeoutException($"{folder}: another writer holds {LockName} for more than {Patience.TotalSeconds:N0} s");
                cancellation.WaitHandle.WaitOne(20);
            }
        }
    }

    /// <summary>The name of a segment that no manifest and no file of the folder has yet.</summary>
    public string NewSegment(long generation)
    {
        for (var number = 0; ; number++)
            if ($"{generation:00000000}-{number}" is var name && !File.Exists(SegmentFiles.ScanFile(folder, name)))
                return name;
    }

    /// <summary>Removes ids, adds documents and joins small segments; all or nothing.</summary>
    public void Change(IndexSnapshot now, IReadOnlyCollection<VectorDocument> documents, IReadOnlyCollection<string> removed, bool compact)
    {
        var generation = now.Manifest.Generation + 1;
        using var mapped = now.Hold();
        var deleted = Deleted(now, documents.Select(document => document.Id).Concat(removed));
        var (merged, rows) = Merged(now, deleted, documents.Sum(document => (long)document.Vectors.Length / now.Manifest.Settings.Dimension), compact);
        var entries = now.Manifest.Segments.Take(merged).Select((entry, i) => Removed(entry, deleted[i], generation)).ToList();
        if (rows > 0)
        {
            var name = NewSegment(generation);
            using var writer = new SegmentWriter(folder, name, now.Manifest.Settings);
            for (var i = merged; i < now.Segments.Count; i++)
            {
                var gone = deleted[i];
                writer.Copy(now.Segments[i], document => gone is null || (gone[document >> 6] >> (document & 63) & 1) == 0);
            }
            foreach (var document in documents)
                writer.Add(document.Id, document.Vectors.Span, document.Metadata);
            entries.Add(writer.Complete(name));
        }
        Commit(new(generation, now.Manifest.Settings, entries));
    }

    /// <summary>Makes a manifest the index and removes the files that it does not name.</summary>
    public void Commit(IndexManifest manifest)
    {
        Storage.DurableFolder.Flush(folder);
        manifest.Write(folder);
        var named = manifest.Segments.SelectMany(segment => new[] { SegmentFiles.ScanFile("", segment.Name), SegmentFiles.RoughFile("", segment.Name), SegmentFiles.VectorFile("", segment.Name), segment.Deleted }).ToHashSet();
        foreach (var file in new[] { "*.scan", "*.rough", "*.vectors", "*.deleted" }.SelectMany(pattern => Directory.EnumerateFiles(folder, pattern)))
            if (!named.Contains(Path.GetFileName(file)))
                File.Delete(file);
    }

    /// <summary>For each segment the documents that are gone after the change; null: none is.</summary>
    static ulong[]?[] Deleted(IndexSnapshot now, IEnumerable<string> ids)
    {
        var deleted = Array.ConvertAll(now.Live, live => live is null ? null : Array.ConvertAll(live, word => ~word));
        foreach (var id in ids)
        {
            var bytes = Encoding.UTF8.GetBytes(id);
            for (var i = 0; i < now.Segments.Count; i++)
                if (now.Segments[i].Find(bytes) is >= 0 and var document)
                    (deleted[i] ??= new ulong[(now.Segments[i].Documents + 63) / 64])[document >> 6] |= 1ul << (document & 63);
        }
        return deleted;
    }

    /// <summary>
    /// From which segment on all are written anew as one, and how many rows it then has: the last ones as long as one is not twice as long
    /// as all after it. There are never more than log2(rows) segments, and a row is copied no more often than that.
    /// </summary>
    static (int First, long Rows) Merged(IndexSnapshot now, ulong[]?[] deleted, long rows, bool compact)
    {
        var first = now.Segments.Count;
        for (; first > 0; first--)
        {
            var entry = now.Manifest.Segments[first - 1];
            var gone = deleted[first - 1]?.Sum(word => (long)System.Numerics.BitOperations.PopCount(word)) ?? 0;
            // An index that only loses documents is left alone until half of a segment is gone.
            if (!compact && gone * 2 < entry.Documents && (rows == 0 || entry.Rows > 2 * rows))
                break;
            rows += entry.Documents == gone ? 0 : entry.Rows;
        }
        return (first, rows);
    }

    SegmentEntry Removed(SegmentEntry entry, ulong[]? deleted, long generation)
    {
        var count = deleted?.Sum(word => (long)System.Numerics.BitOperations.PopCount(word)) ?? 0;
        if (count == entry.DeletedDocuments)
            return entry;
        var name = $"{entry.Name}.{generation:00000000}.deleted";
        DeletedDocuments.Write(Path.Combine(folder, name), deleted!, entry.Documents);
        return entry with { Deleted = name, DeletedDocuments = (int)count };
    }

    public void Dispose() => held.Dispose();
}
