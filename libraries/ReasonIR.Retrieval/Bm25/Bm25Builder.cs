using ReasonIR.Retrieval.Analysis;

namespace ReasonIR.Retrieval.Bm25;

/// <summary>
/// Builds an index file from documents one after the other, alone or from an older index whose unchanged documents are taken over without
/// being read or analyzed. Memory is bounded: what has come in goes to a segment, an index file of its own, when it takes its share, and
/// <see cref="Complete"/> merges the segments. Whatever the way, the same documents give the same file, byte for byte. The file appears
/// under its name only when all of it is written; a build that dies leaves the one before as it was. Not thread-safe.
/// </summary>
public sealed class Bm25Builder : IDisposable
{
    /// <summary>What documents may take of memory before they go to a segment beside the index.</summary>
    public const long DefaultMemoryBytes = 64L << 20;

    /// <summary>Segments that are merged at a time.</summary>
    const int MostSegments = 32;

    readonly IAnalyzer analyzer;
    readonly string path, temporary;
    readonly long memoryBytes;
    readonly MemorySegment memory;
    readonly List<string> segments = [];
    readonly Bm25File? older;
    readonly bool[]? kept;
    Bm25File.Lease? lease;
    int written;
    bool completed;

    /// <param name="analyzer">Its name is stored; queries are analyzed by the analyzer of that name.</param>
    /// <param name="path">The index file; its folder must exist.</param>
    /// <param name="memoryBytes">See <see cref="DefaultMemoryBytes"/>.</param>
    /// <param name="older">An index of the same analyzer to take documents over from; it stays open and as it is.</param>
    public Bm25Builder(IAnalyzer analyzer, string path, long memoryBytes = DefaultMemoryBytes, Bm25Index? older = null)
    {
        if (older is not null && older.Analyzer.Name != analyzer.Name)
            throw new ArgumentException($"The older index was analyzed by '{older.Analyzer.Name}', the new one is to be by '{analyzer.Name}'.", nameof(older));
        (this.analyzer, this.memoryBytes, memory) = (analyzer, memoryBytes, new(analyzer, memoryBytes));
        this.path = Path.GetFullPath(path);
        temporary = $"{this.path}.{Guid.NewGuid():N}.tmp";
        if (older is null)
            return;
        (this.older, lease, kept) = (older.File, older.File.Rent(), new bool[older.Statistics.Documents]);
    }

    /// <summary>The number of documents that were added, those taken over not among them.</summary>
    public int Count { get; private set; }

    /// <summary>The number of documents taken over from the older index.</summary>
    public int Kept { get; private set; }

    /// <summary>What the documents that are not in a segment yet hold of memory, in bytes.</summary>
    internal long HeldBytes => memory.HeldBytes;

    /// <summary>Adds a document. Ids must differ, also from those taken over; that is checked at the end.</summary>
    /// <param name="text">What is searched: title, a blank, text.</param>
    /// <param name="stamp">What the content is known by for <see cref="Keep"/>, such as the first bytes of its hash.</param>
    public void Add(string id, ReadOnlySpan<char> text, ulong stamp = 0)
    {
        ObjectDisposedException.ThrowIf(completed, this);
        memory.Add(id, text, stamp);
        Count++;
        if (memory.MemoryBytes >= memoryBytes)
            Spill(CancellationToken.None);
    }

    /// <summary>Takes a document over from the older index, if it holds it with that stamp. Those that are not taken over are not in the new index.</summary>
    public bool Keep(string id, ulong stamp)
    {
        ObjectDisposedException.ThrowIf(completed, this);
        if (older is null || older.Document(id) is not (>= 0 and var document) || older.Stamps[document] != stamp)
            return false;
        Set(document, true);
        return true;
    }

    /// <summary>Takes over all documents of the older index; <see cref="Drop"/> takes some out again.</summary>
    public void KeepAll()
    {
        ObjectDisposedException.ThrowIf(completed, this);
        for (var document = 0; document < (kept?.Length ?? 0); document++)
            Set(document, true);
    }

    /// <summary>Does not take a document over: it is removed, or another text is added under its id. False where the older index lacks it.</summary>
    public bool Drop(string id)
    {
        ObjectDisposedException.ThrowIf(completed, this);
        if (older is null || older.Document(id) is not (>= 0 and var document))
            return false;
        Set(document, false);
        return true;
    }

    /// <summary>Writes the file, flushes it to disk and gives it its name, replacing an older one.</summary>
    /// <exception cref="ArgumentException">An id occurs twice.</exception>
    public Bm25Statistics Complete(CancellationToken cancellation = default)
    {
        ObjectDisposedException.ThrowIf(completed, this);
        try
        {
            Bm25Statistics statistics;
            if (segments.Count == 0 && Kept == 0)
                statistics = Write(temporary, durable: true, writer => memory.Write(writer, cancellation), cancellation);
            else
            {
                if (memory.Count > 0)
                    Spill(cancellation);
                statistics = Merge(temporary, withOlder: true, durable: true, cancellation);
            }
            completed = true;
            File.Move(temporary, path, overwrite: true);
            return statistics;
        }
        finally
        {
            Clear();
        }
    }

    public void Dispose()
    {
        Clear();
        lease?.Dispose();
        lease = null;
    }

    void Clear()
    {
        if (!completed)
            File.Delete(temporary);
        completed = true;
        segments.ForEach(File.Delete);
        segments.Clear();
    }

    void Set(int document, bool keep)
    {
        if (kept![document] == keep)
            return;
        kept[document] = keep;
        Kept += keep ? 1 : -1;
    }

    void Spill(CancellationToken cancellation)
    {
        var segment = $"{temporary}.{written++}";
        Write(segment, durable: false, writer => memory.Write(writer, cancellation), cancellation);
        segments.Add(segment);
        if (segments.Count < MostSegments)
            return;
        var joined = $"{temporary}.{written++}";
        Merge(joined, withOlder: false, durable: false, cancellation);
        segments.ForEach(File.Delete);
        segments.Clear();
        segments.Add(joined);
    }

    Bm25Statistics Merge(string target, bool withOlder, bool durable, CancellationToken cancellation)
    {
        var opened = segments.ConvertAll(Bm25File.Open);
        var leases = opened.ConvertAll(file => file.Rent());
        try
        {
            List<Bm25File> files = [.. opened];
            List<IReadOnlyList<bool>?> taken = [.. opened.Select(_ => (IReadOnlyList<bool>?)null)];
            if (withOlder && Kept > 0)
            {
                files.Add(older!);
                taken.Add(kept);
            }
            return Write(target, durable, writer => new Bm25Merge(files, taken).Write(writer, cancellation), cancellation);
        }
        finally
        {
            leases.ForEach(held => held.Dispose());
            opened.ForEach(file => file.Dispose());
        }
    }

    Bm25Statistics Write(string target, bool durable, Action<Bm25Writer> write, CancellationToken cancellation)
    {
        try
        {
            using var writer = new Bm25Writer(target, analyzer.Name);
            write(writer);
            return writer.Complete(durable, cancellation);
        }
        catch
        {
            File.Delete(target);
            throw;
        }
    }
}
