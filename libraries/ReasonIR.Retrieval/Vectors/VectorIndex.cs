using System.IO.MemoryMappedFiles;
using System.Runtime.InteropServices;
using ReasonIR.Retrieval.Ranking;
using ReasonIR.Retrieval.Storage;

namespace ReasonIR.Retrieval.Vectors;

/// <summary>
/// The embedded exact vector index: one memory-mapped file (<see cref="VectorIndexWriter"/> writes it), scanned with SIMD by
/// several threads. Memory of the process: 4 bytes a document; the vectors are the file's pages. Thread-safe; searches that
/// run when it is disposed end properly.
/// </summary>
public sealed unsafe class VectorIndex : IVectorIndex
{
    readonly MemoryMappedFile _map;
    readonly MemoryMappedViewAccessor _view;
    readonly VectorFileHeader _header;
    readonly byte* _start;
    readonly DocumentIds _ids;
    readonly VectorSearchOptions _options;
    int _disposed;

    VectorIndex(
        MemoryMappedFile map, MemoryMappedViewAccessor view, byte* start, VectorFileHeader header, DocumentIds ids,
        VectorSearchOptions options)
    {
        (_map, _view, _header, _ids, _options) = (map, view, header, ids, options);
        _start = start;
    }

    public int Dimension => _header.Dimension;

    public int Count => _header.Count;

    public VectorMetric Metric => _header.Metric;

    public VectorPrecision Precision => _header.Precision;

    /// <summary>Opens an index file.</summary>
    /// <param name="verify">Whether the vectors' checksums are computed (reads the whole file once); ids are always checked.</param>
    /// <exception cref="VectorIndexException">Not an index, of another version, truncated or damaged.</exception>
    public static VectorIndex Open(string path, VectorSearchOptions? options = null, bool verify = true)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1);
        var page = new byte[VectorFileHeader.Bytes];
        var length = file.Length;
        var header = VectorFileHeader.Read(
            page.AsSpan(0, file.ReadAtLeast(page, page.Length, throwOnEndOfStream: false)), length, path);
        MemoryMappedFile? map = null;
        MemoryMappedViewAccessor? view = null;
        byte* start = null;
        try
        {
            map = MemoryMappedFile.CreateFromFile(file, null, 0, MemoryMappedFileAccess.Read, HandleInheritability.None, leaveOpen: true);
            view = map.CreateViewAccessor(0, length, MemoryMappedFileAccess.Read);
            view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
            Check(start, header.Ids, header.Checksums.Ids, "ids", path);
            Check(start, header.Order, header.Checksums.Order, "order", path);
            if (verify)
            {
                Check(start, header.Floats, header.Checksums.Floats, "floats", path);
                Check(start, header.Codes, header.Checksums.Codes, "codes", path);
                Check(start, header.Scales, header.Checksums.Scales, "scales", path);
            }
            var ids = new DocumentIds(start + header.Ids.Offset, start + header.Order.Offset, header.Count, header.IdBytes, path);
            return new(map, view, start, header, ids, options ?? VectorSearchOptions.Default);
        }
        catch
        {
            if (start is not null)
                view!.SafeMemoryMappedViewHandle.ReleasePointer();
            view?.Dispose();
            map?.Dispose();
            throw;
        }
    }

    /// <summary>As <see cref="SearchAsync"/>, on the caller's thread (and others for large indexes).</summary>
    public ScoredDocument[] Search(ReadOnlySpan<float> query, int k, IReadOnlySet<string>? exclude = null)
    {
        CheckDimension(query.Length, 1);
        return SearchBatch(query, k, [exclude])[0];
    }

    /// <summary>As <see cref="SearchBatchAsync"/>, on the caller's thread and others.</summary>
    public ScoredDocument[][] SearchBatch(
        ReadOnlySpan<float> queries, int k, IReadOnlyList<IReadOnlySet<string>?>? exclude = null,
        CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        var count = queries.Length / Dimension;
        CheckDimension(queries.Length, count);
        if (exclude is not null && exclude.Count != count)
            throw new ArgumentException($"{exclude.Count} exclusions, expected {count}, one a query");
        if (count == 0)
            return [];
        using var mapped = new Mapped(this);
        using var prepared = PrepareQueries(queries, count);
        var excluded = new HashSet<int>?[count];
        for (var q = 0; q < count; q++)
            excluded[q] = exclude?[q] is { Count: > 0 } ids
                ? [.. ids.Select(_ids.RowOf).Where(row => row >= 0)]
                : null;
        k = Math.Min(k, Math.Max(1, Count));
        var top = _header.HasCodes
            ? SearchCodes(prepared.Floats, excluded, k, cancellation)
            : SearchFloats(prepared.Floats, excluded, k, cancellation);
        return Array.ConvertAll(top, heap => Array.ConvertAll(
            heap.Take(), found => new ScoredDocument(_ids[found.Row], found.Score)));
    }

    public Task<ScoredDocument[]> SearchAsync(
        ReadOnlyMemory<float> query, int k, IReadOnlySet<string>? exclude = null, CancellationToken cancellation = default) =>
        Task.Run(() =>
        {
            CheckDimension(query.Length, 1);
            return SearchBatch(query.Span, k, [exclude], cancellation)[0];
        }, cancellation);

    public Task<ScoredDocument[][]> SearchBatchAsync(
        ReadOnlyMemory<float> queries, int k, IReadOnlyList<IReadOnlySet<string>?>? exclude = null,
        CancellationToken cancellation = default) =>
        Task.Run(() => SearchBatch(queries.Span, k, exclude, cancellation), cancellation);

    /// <summary>Copies a document's vector as it is stored (of length 1 for cosine); false where the index lacks it.</summary>
    public bool TryGetVector(string id, Span<float> vector)
    {
        CheckDimension(vector.Length, 1);
        using var mapped = new Mapped(this);
        var row = _ids.RowOf(id);
        if (row < 0)
            return false;
        new ReadOnlySpan<float>(FloatRow(row), Dimension).CopyTo(vector);
        return true;
    }

    /// <summary>Closes the file as soon as no search uses it.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 1)
            return;
        GC.SuppressFinalize(this);
        _view.SafeMemoryMappedViewHandle.ReleasePointer();
        _view.Dispose();
        _map.Dispose();
    }

    // The pointer holds the view open even against the handle's own finalizer: one that is forgotten would stay mapped for ever.
    ~VectorIndex()
    {
        if (_start is not null)
            _view.SafeMemoryMappedViewHandle.ReleasePointer();
    }

    VectorScan Scan => new(
        (nint)(_start + _header.Floats.Offset), (nint)(_start + _header.Codes.Offset), (nint)(_start + _header.Scales.Offset),
        _header.Stride, _header.CodeStride, Count);

    TopRows[] SearchFloats(float* queries, HashSet<int>?[] excluded, int k, CancellationToken cancellation)
    {
        TopRows Fresh(int query) => new(k, _ids.Ranks, excluded[query]);
        var top = NewHeaps(excluded.Length, Fresh);
        Scan.ScanFloats(queries, top, Fresh, _options.ThreadCount, cancellation);
        return top;
    }

    TopRows[] SearchCodes(float* queries, HashSet<int>?[] excluded, int k, CancellationToken cancellation)
    {
        var candidates = _options.Candidates(k, Math.Max(1, Count));
        TopRows Fresh(int query) => new(candidates, _ids.Ranks, excluded[query]);
        var rough = NewHeaps(excluded.Length, Fresh);
        using (var codes = EncodeQueries(queries, excluded.Length))
            Scan.ScanCodes(codes.Shorts, rough, Fresh, _options.ThreadCount, cancellation);
        var top = NewHeaps(excluded.Length, query => new(k, _ids.Ranks, null));
        for (var q = 0; q < top.Length; q++)
            foreach (var (_, row) in rough[q].Unordered)
                top[q].Offer(DotTiles.Float(FloatRow(row), queries + (long)q * _header.Stride, _header.Stride), row);
        return top;
    }

    static TopRows[] NewHeaps(int count, Func<int, TopRows> fresh)
    {
        var heaps = new TopRows[count];
        for (var i = 0; i < count; i++)
            heaps[i] = fresh(i);
        return heaps;
    }

    float* FloatRow(int row) => (float*)(_start + _header.Floats.Offset) + (long)row * _header.Stride;

    AlignedMemory PrepareQueries(ReadOnlySpan<float> queries, int count)
    {
        var memory = new AlignedMemory((long)count * _header.Stride * sizeof(float));
        for (var q = 0; q < count; q++)
        {
            var query = new Span<float>(memory.Floats + (long)q * _header.Stride, Dimension);
            queries.Slice(q * Dimension, Dimension).CopyTo(query);
            if (UnitLength.Prepare(query, Metric))
                continue;
            memory.Dispose();
            throw new ArgumentException($"query {q}: a value is not finite");
        }
        return memory;
    }

    AlignedMemory EncodeQueries(float* queries, int count)
    {
        var memory = new AlignedMemory((long)count * _header.CodeStride * sizeof(short));
        var codes = new sbyte[Dimension];
        for (var q = 0; q < count; q++)
        {
            Int8Codes.Encode(new(queries + (long)q * _header.Stride, Dimension), codes);
            for (var i = 0; i < codes.Length; i++)
                memory.Shorts[(long)q * _header.CodeStride + i] = codes[i];
        }
        return memory;
    }

    void CheckDimension(int floats, int count)
    {
        if (floats != (long)count * Dimension)
            throw new ArgumentException($"{floats} floats, expected {(count == 1 ? "" : "a multiple of ")}{Dimension}");
    }

    static void Check(byte* start, VectorFileSection section, uint checksum, string name, string path)
    {
        uint crc = 0;
        for (long at = 0; at < section.Length;)
        {
            var part = (int)Math.Min(1 << 24, section.Length - at);
            crc = Crc32C.Add(crc, new(start + section.Offset + at, part));
            at += part;
        }
        if (crc != checksum)
            throw new VectorIndexException(path, $"damaged {name} (checksum)");
    }

    /// <summary>Holds the mapping open while a search runs.</summary>
    readonly ref struct Mapped
    {
        readonly SafeHandle _handle;

        public Mapped(VectorIndex index)
        {
            var held = false;
            _handle = index._view.SafeMemoryMappedViewHandle;
            _handle.DangerousAddRef(ref held);
        }

        public void Dispose() => _handle.DangerousRelease();
    }
}
