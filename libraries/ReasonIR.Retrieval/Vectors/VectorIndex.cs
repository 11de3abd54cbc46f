using System.Text;
using ReasonIR.Retrieval.Ranking;

namespace ReasonIR.Retrieval.Vectors;

/// <summary>
/// The embedded exact vector index: a folder of memory-mapped segments, whose 2-bit codes are scanned with SIMD by several threads;
/// what these cannot rule out is bounded by 8-bit codes, then scored from the stored vectors. Opening costs the same for any size; memory of the process: a bit a
/// document where some are removed; the vectors are the files' pages. Thread-safe; searches that run when it changes or is disposed end
/// properly. Several processes may read while one writes; they see its changes when they open it again.
/// </summary>
public sealed class VectorIndex : IVectorIndex
{
    readonly VectorSearchOptions options;
    readonly Lock changing = new();
    readonly CurrentSnapshot state;

    VectorIndex(string folder, IndexSnapshot state, VectorSearchOptions? options) =>
        (Folder, this.state, this.options) = (folder, new(nameof(VectorIndex), state), options ?? VectorSearchOptions.Default);

    public string Folder { get; }

    public VectorIndexSettings Settings => State.Manifest.Settings;

    /// <summary>Documents in the index.</summary>
    public int Count => State.Count;

    IndexSnapshot State => state.Value;

    /// <summary>Makes an empty index.</summary>
    /// <param name="folder">A folder without an index; created where it is not there.</param>
    /// <exception cref="IOException">There is an index already.</exception>
    public static VectorIndex Create(string folder, VectorIndexSettings settings, VectorSearchOptions? options = null)
    {
        settings.Check();
        Directory.CreateDirectory(folder);
        using (var writer = IndexWriter.Lock(folder))
        {
            if (File.Exists(Path.Combine(folder, IndexManifest.FileName)))
                throw new IOException($"{folder}: there is an index already");
            writer.Commit(new(1, settings, []));
        }
        return Open(folder, options);
    }

    /// <summary>Opens an index. O(1): only headers and manifest are checked.</summary>
    /// <param name="verify">Whether all checksums are computed (reads everything once).</param>
    /// <exception cref="VectorIndexException">Not an index, of another version, truncated or damaged.</exception>
    public static VectorIndex Open(string folder, VectorSearchOptions? options = null, bool verify = false)
    {
        var index = new VectorIndex(folder, IndexSnapshot.Open(folder), options);
        if (!verify)
            return index;
        try
        {
            index.Verify();
            return index;
        }
        catch
        {
            index.Dispose();
            throw;
        }
    }

    /// <summary>Computes all checksums. O(files).</summary>
    /// <exception cref="VectorIndexException">Something is damaged; the message names the file and the section.</exception>
    public void Verify()
    {
        foreach (var segment in State.Segments)
            segment.Verify();
    }

    public Task<long> CountAsync(CancellationToken cancellation = default) => Task.FromResult((long)Count);

    /// <summary>As <see cref="SearchAsync"/>, on the caller's thread (and others for large indexes).</summary>
    public ScoredDocument[] Search(ReadOnlySpan<float> query, int k, IReadOnlySet<string>? exclude = null, VectorFilter? filter = null)
    {
        CheckOne(query.Length);
        return SearchBatch(query, k, [exclude], filter)[0];
    }

    /// <summary>As <see cref="SearchBatchAsync"/>, on the caller's thread and others.</summary>
    public ScoredDocument[][] SearchBatch(
        ReadOnlySpan<float> queries, int k, IReadOnlyList<IReadOnlySet<string>?>? exclude = null, VectorFilter? filter = null,
        CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        filter?.Check();
        PreparedQueries.Check(queries, Settings);
        var count = queries.Length / Settings.Dimension;
        if (exclude is not null && exclude.Count != count)
            throw new ArgumentException($"{exclude.Count} exclusions, expected {count}, one a query");
        if (count == 0)
            return [];
        using var prepared = new PreparedQueries(queries, Settings);
        var (snapshot, held) = state.Hold();
        using (held)
            return new IndexSearch(snapshot, options, cancellation).Run(prepared, k, exclude, filter);
    }

    public Task<ScoredDocument[]> SearchAsync(
        ReadOnlyMemory<float> query, int k, IReadOnlySet<string>? exclude = null, VectorFilter? filter = null, CancellationToken cancellation = default) =>
        Task.Run(() =>
        {
            CheckOne(query.Length);
            return SearchBatch(query.Span, k, [exclude], filter, cancellation)[0];
        }, cancellation);

    public Task<ScoredDocument[][]> SearchBatchAsync(
        ReadOnlyMemory<float> queries, int k, IReadOnlyList<IReadOnlySet<string>?>? exclude = null, VectorFilter? filter = null,
        CancellationToken cancellation = default) =>
        Task.Run(() => SearchBatch(queries.Span, k, exclude, filter, cancellation), cancellation);

    public Task<int?[]> BestPartsAsync(ReadOnlyMemory<float> query, IReadOnlyList<string> ids, CancellationToken cancellation = default) => Task.Run(() =>
    {
        CheckOne(query.Length);
        using var prepared = new PreparedQueries(query.Span, Settings);
        var (snapshot, held) = state.Hold();
        using (held)
            return ids.Select(id => snapshot.Find(Encoding.UTF8.GetBytes(id)) is >= 0 and var document ? snapshot.BestPart(document, prepared) : (int?)null).ToArray();
    }, cancellation);

    /// <summary>A document's vectors as they are stored (of length 1 for cosine), [parts × dimension]; null where the index lacks it.</summary>
    public float[]? Vectors(string id)
    {
        var (snapshot, held) = state.Hold();
        using (held)
        {
            var document = snapshot.Find(Encoding.UTF8.GetBytes(id));
            if (document < 0)
                return null;
            var (segment, number) = snapshot.Locate(document);
            var (start, end) = segment.Rows(number);
            var vectors = new float[(end - start) * Settings.Dimension];
            for (var row = start; row < end; row++)
                segment.Read(row, vectors.AsSpan((row - start) * Settings.Dimension, Settings.Dimension));
            return vectors;
        }
    }

    public Task UpsertAsync(IReadOnlyCollection<VectorDocument> documents, CancellationToken cancellation = default) => Task.Run(() =>
    {
        foreach (var document in documents)
            SegmentWriter.Check(document.Id, document.Vectors.Span, document.Metadata, Settings);
        if (documents.GroupBy(document => document.Id, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new ArgumentException($"document {twice.Key} is added twice");
        if (documents.Count > 0)
            Change(documents, [], compact: false, cancellation);
    }, cancellation);

    public Task RemoveAsync(IReadOnlyCollection<string> ids, CancellationToken cancellation = default) => Task.Run(() =>
    {
        if (ids.Count > 0)
            Change([], ids, compact: false, cancellation);
    }, cancellation);

    /// <summary>Writes all that is there into one segment; gives the room of removed documents back.</summary>
    public Task CompactAsync(CancellationToken cancellation = default) => Task.Run(() => Change([], [], compact: true, cancellation), cancellation);

    /// <summary>Closes the files as soon as no search uses them.</summary>
    public void Dispose() => state.Dispose();

    void Change(IReadOnlyCollection<VectorDocument> documents, IReadOnlyCollection<string> removed, bool compact, CancellationToken cancellation)
    {
        lock (changing)
        {
            using var writer = IndexWriter.Lock(Folder, cancellation);
            // Another process may have changed it since.
            state.Replace(IndexSnapshot.Open(Folder, State));
            writer.Change(State, documents, removed, compact);
            state.Replace(IndexSnapshot.Open(Folder, State));
        }
    }

    void CheckOne(int floats)
    {
        if (floats != Settings.Dimension)
            throw new ArgumentException($"{floats} floats, expected {Settings.Dimension}");
    }
}
