using System.Text;

namespace ReasonIR.Retrieval.Vectors;

/// <summary>
/// Some documents of an index in files that never change, read where they are mapped. Opening costs the same for any size: what is
/// read later is checked as it is read, against the bounds of its section. Thread-safe.
/// </summary>
sealed unsafe class Segment : IDisposable
{
    readonly SegmentFiles files;
    readonly MappedBytes scan, rough;
    readonly MappedBytes? vectors;
    readonly string path;

    Segment(string name, SegmentFiles files)
    {
        (Name, this.files, Header) = (name, files, files.Header);
        (path, scan, rough, vectors) = (files.Path, files.Scan, files.Rough, files.Vectors);
        if (Header.MetadataBytes > 0)
            Metadata = new(() => new(scan.Start + Header.Metadata.Offset, (int)Header.Metadata.Length), Header.Documents, path);
    }

    /// <summary>The files' name without extension.</summary>
    public string Name { get; }

    public SegmentHeader Header { get; }

    public int Documents => Header.Documents;

    /// <summary>What filters read; null where no document has metadata.</summary>
    public MetadataColumns? Metadata { get; }

    /// <summary>What a scan reads first.</summary>
    public byte* Rough => rough.Start + Header.Rough.Offset;

    public float* RoughScales => (float*)(scan.Start + Header.Bounds.Offset);

    /// <summary>Lengths of what the rough codes leave of the rows.</summary>
    public float* Residuals => RoughScales + Header.Rows;

    public byte* Codes => scan.Start + Header.Codes.Offset;

    public float* Scales => (float*)(scan.Start + Header.Scales.Offset);

    /// <summary>Opens a segment's files.</summary>
    /// <exception cref="VectorIndexException">Not a segment, of another version, truncated, or its header is damaged.</exception>
    public static Segment Open(string folder, string name) => new(name, SegmentFiles.Open(folder, name));

    /// <summary>Checks every byte that is ever read. O(file).</summary>
    public void Verify()
    {
        using var held = Hold();
        rough.Check(Header.Rough, Header.Checksums.Rough, "rough codes", SegmentFiles.RoughFile(Path.GetDirectoryName(path)!, Name));
        scan.Check(Header.Bounds, Header.Checksums.Bounds, "bounds", path);
        scan.Check(Header.Codes, Header.Checksums.Codes, "codes", path);
        scan.Check(Header.Scales, Header.Checksums.Scales, "scales", path);
        scan.Check(Header.Starts, Header.Checksums.Starts, "starts of documents", path);
        scan.Check(Header.Ids, Header.Checksums.Ids, "ids", path);
        scan.Check(Header.Order, Header.Checksums.Order, "order of ids", path);
        scan.Check(Header.Metadata, Header.Checksums.Metadata, "metadata", path);
        vectors?.Check(Header.Vectors, Header.Checksums.Vectors, "vectors", Path.ChangeExtension(path, ".vectors"));
        for (var document = 0; document < Documents; document++)
        {
            _ = IdBytes(document);
            _ = Rows(document);
            if (document > 0 && IdBytes(Ordered(document - 1)).SequenceCompareTo(IdBytes(Ordered(document))) >= 0)
                throw Damaged("order of ids");
        }
    }

    /// <summary>Keeps the files mapped until the result is disposed.</summary>
    /// <exception cref="ObjectDisposedException">They are not mapped any more.</exception>
    public HeldFiles Hold() => files.Hold();

    /// <summary>A document's rows: the first and the one after the last.</summary>
    public (int Start, int End) Rows(int document)
    {
        if (!Header.HasParts)
            return (document, document + 1);
        var starts = (uint*)(scan.Start + Header.Starts.Offset);
        var (start, end) = (starts[document], starts[document + 1]);
        if (start >= end || end > (uint)Header.Rows || end - start > (uint)Header.MostRows)
            throw Damaged("starts of documents");
        return ((int)start, (int)end);
    }

    /// <summary>A row's inner product with a query, from the stored precision.</summary>
    /// <param name="query">Prepared floats, padded with zeros to a multiple of 64.</param>
    public float Score(int row, float* query) => Header.Storage switch
    {
        VectorStorage.Float32 => FloatDots.Float((float*)Vector(row), query, Header.VectorStride / sizeof(float)),
        VectorStorage.BFloat16 => StoredDots.BFloat16((ushort*)Vector(row), query, Header.VectorStride / sizeof(ushort)),
        _ => StoredDots.Codes(Codes + (long)row * Header.CodeStride, Scales[row], query, Header.CodeStride),
    };

    /// <summary>The stored vector's bytes; not for int8.</summary>
    public byte* Vector(int row) => vectors!.Start + SegmentHeader.FirstSection + (long)row * Header.VectorStride;

    /// <summary>The stored vector as floats.</summary>
    public void Read(int row, Span<float> vector)
    {
        for (var i = 0; i < vector.Length; i++)
            vector[i] = Header.Storage switch
            {
                VectorStorage.Float32 => ((float*)Vector(row))[i],
                VectorStorage.BFloat16 => BFloat16.ToSingle(((ushort*)Vector(row))[i]),
                _ => (Codes[(long)row * Header.CodeStride + i] - RowCodes.Zero) * Scales[row],
            };
    }

    public string Id(int document) => Encoding.UTF8.GetString(IdBytes(document));

    public ReadOnlySpan<byte> IdBytes(int document)
    {
        var offsets = (ulong*)(scan.Start + Header.Ids.Offset);
        var (start, end) = (offsets[document], offsets[document + 1]);
        if (start > end || end > (ulong)Header.IdBytes || end - start > VectorDocument.LongestIdBytes)
            throw Damaged("ids");
        return new((byte*)(offsets + Documents + 1) + start, (int)(end - start));
    }

    /// <summary>The document of an id, or -1. O(log documents).</summary>
    public int Find(ReadOnlySpan<byte> id)
    {
        var (low, high) = (0, Documents - 1);
        while (low <= high)
        {
            var middle = low + (high - low) / 2;
            var document = Ordered(middle);
            var comparison = IdBytes(document).SequenceCompareTo(id);
            if (comparison == 0)
                return document;
            if (comparison < 0)
                low = middle + 1;
            else
                high = middle - 1;
        }
        return -1;
    }

    int Ordered(int place)
    {
        var document = ((uint*)(scan.Start + Header.Order.Offset))[place];
        return document < (uint)Documents ? (int)document : throw Damaged("order of ids");
    }

    VectorIndexException Damaged(string what) => new(path, $"damaged {what}");

    public void Dispose() => files.Dispose();
}
