using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Text;
using ReasonIR.Retrieval.Storage;

namespace ReasonIR.Retrieval.Vectors;

/// <summary>
/// Writes a segment's files as documents come: memory holds the ids, scales, bounds and metadata, not the vectors. Nothing names the files before
/// the manifest does, so what a crash leaves of them is only swept. Not thread-safe.
/// </summary>
sealed unsafe class SegmentWriter : IDisposable
{
    static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    readonly VectorIndexSettings settings;
    readonly FileStream scan, rough;
    readonly FileStream? vectors;
    readonly RandomRotation rotation;
    readonly float[] row;
    readonly byte[] codes, roughCodes, levels, stored;
    readonly List<float> scales = [], roughScales = [], residuals = [];
    readonly List<uint> starts = [0];
    readonly List<ulong> idEnds = [0];
    readonly MemoryStream ids = new();
    readonly MetadataWriter metadata = new();
    uint codesChecksum, roughChecksum, vectorsChecksum;
    int mostRows;

    public SegmentWriter(string folder, string name, VectorIndexSettings settings)
    {
        this.settings = settings;
        var shape = new SegmentHeader(settings.Dimension, 0, 0, settings.Metric, settings.Storage, 0, 0, 0, default);
        (row, codes, stored) = (new float[settings.Dimension], new byte[shape.CodeStride], new byte[shape.VectorStride]);
        (roughCodes, levels, rotation) = (new byte[shape.RoughStride], new byte[4 * shape.RoughStride], RandomRotation.Of(settings.Dimension));
        codes.AsSpan().Fill(RowCodes.Zero);
        scan = Open(Segment.ScanFile(folder, name));
        rough = Open(Segment.RoughFile(folder, name));
        vectors = shape.VectorStride > 0 ? Open(Segment.VectorFile(folder, name)) : null;

        static FileStream Open(string path)
        {
            var file = new FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.Delete, 1 << 20);
            file.Write(new byte[SegmentHeader.FirstSection]);
            return file;
        }
    }

    public int Documents => idEnds.Count - 1;

    /// <summary>Adds a document.</summary>
    /// <exception cref="ArgumentException">It cannot be stored; the message names it. What was added before stays.</exception>
    public void Add(string id, ReadOnlySpan<float> parts, IReadOnlyList<MetadataField>? fields)
    {
        Check(id, parts, fields, settings);
        for (var part = 0; part < parts.Length; part += settings.Dimension)
        {
            parts.Slice(part, settings.Dimension).CopyTo(row);
            UnitLength.Prepare(row, settings.Metric);
            var scale = Store();
            rotation.Apply(row);
            var (roughScale, residual) = RoughCodes.Encode(row, roughCodes, levels);
            WriteRow(scale, roughScale, residual);
        }
        foreach (var field in fields ?? [])
            metadata.Add(Documents, field.Key, field.Value);
        End(Utf8.GetBytes(id), parts.Length / settings.Dimension);
    }

    /// <summary>Throws where a document cannot be stored, naming it.</summary>
    public static void Check(string id, ReadOnlySpan<float> parts, IReadOnlyList<MetadataField>? fields, VectorIndexSettings settings)
    {
        var bytes = Utf8.GetByteCount(id);
        if (bytes is 0 or > VectorDocument.LongestIdBytes)
            throw new ArgumentException($"document id of {bytes} bytes, expected 1 to {VectorDocument.LongestIdBytes}");
        if (parts.Length == 0 || parts.Length % settings.Dimension != 0 || parts.Length / settings.Dimension > VectorDocument.MostParts)
            throw new ArgumentException($"document {id}: {parts.Length} floats, expected {settings.Dimension} a vector and {VectorDocument.MostParts} vectors at most");
        if (!UnitLength.IsFinite(parts))
            throw new ArgumentException($"document {id}: a value is not finite");
        if (fields?.Count > VectorDocument.MostFields)
            throw new ArgumentException($"document {id}: {fields.Count} metadata fields, expected {VectorDocument.MostFields} at most");
        foreach (var field in fields ?? [])
            MetadataWriter.Check(id, field);
    }

    /// <summary>Adds the documents of another segment that <paramref name="keep"/> names, byte for byte.</summary>
    public void Copy(Segment segment, Func<int, bool> keep)
    {
        using var held = segment.Hold();
        var places = new int[segment.Documents];
        Array.Fill(places, -1);
        for (var document = 0; document < segment.Documents; document++)
        {
            if (!keep(document))
                continue;
            places[document] = Documents;
            var (start, end) = segment.Rows(document);
            for (var at = start; at < end; at++)
            {
                new ReadOnlySpan<byte>(segment.Codes + (long)at * codes.Length, codes.Length).CopyTo(codes);
                new ReadOnlySpan<byte>(segment.Rough + (long)at * roughCodes.Length, roughCodes.Length).CopyTo(roughCodes);
                if (vectors is not null)
                    new ReadOnlySpan<byte>(segment.Vector(at), stored.Length).CopyTo(stored);
                WriteRow(segment.Scales[at], segment.RoughScales[at], segment.Residuals[at]);
            }
            End(segment.IdBytes(document), end - start);
        }
        segment.Metadata?.ReadAll((document, key, value) =>
        {
            if (places[document] >= 0)
                metadata.Add(places[document], key, value);
        });
    }

    /// <summary>Writes what is left and flushes to disk; the segment's entry for the manifest.</summary>
    /// <exception cref="ArgumentException">An id came twice.</exception>
    public SegmentEntry Complete(string name)
    {
        var order = Order();
        var fields = metadata.ToArray();
        var header = new SegmentHeader(settings.Dimension, Documents, scales.Count, settings.Metric, settings.Storage, ids.Length, fields.Length, mostRows, default);
        Pad(header.Bounds);
        var boundsChecksum = Write(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(residuals)), Write(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(roughScales))));
        Pad(header.Scales);
        var scalesChecksum = Write(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(scales)));
        Pad(header.Starts);
        var startsChecksum = header.HasParts ? Write(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(starts))) : 0;
        Pad(header.Ids);
        var idsChecksum = Write(ids.GetBuffer().AsSpan(0, (int)ids.Length), Write(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(idEnds))));
        Pad(header.Order);
        var orderChecksum = Write(MemoryMarshal.AsBytes(order.AsSpan()));
        Pad(header.Metadata);
        var metadataChecksum = Write(fields);
        var page = new byte[SegmentHeader.Bytes];
        (header with { Checksums = new(codesChecksum, scalesChecksum, startsChecksum, idsChecksum, orderChecksum, metadataChecksum, vectorsChecksum, roughChecksum, boundsChecksum) }).Write(page);
        scan.Position = 0;
        scan.Write(page);
        scan.Flush(flushToDisk: true);
        rough.Flush(flushToDisk: true);
        vectors?.Flush(flushToDisk: true);
        return new(name, Documents, scales.Count);
    }

    /// <summary>Closes the files.</summary>
    public void Dispose()
    {
        scan.Dispose();
        rough.Dispose();
        vectors?.Dispose();
    }

    /// <summary>
    /// Puts the prepared row into the stored precision and encodes it; the scale of its 8-bit codes. What is scored last decides the other
    /// codes, too: the row is left as it will be read.
    /// </summary>
    float Store()
    {
        if (settings.Storage == VectorStorage.Float32)
            MemoryMarshal.AsBytes(row.AsSpan()).CopyTo(stored);
        else if (settings.Storage == VectorStorage.BFloat16)
        {
            var halves = MemoryMarshal.Cast<byte, ushort>(stored.AsSpan());
            for (var i = 0; i < row.Length; i++)
            {
                halves[i] = BFloat16.Round(row[i]);
                row[i] = BFloat16.ToSingle(halves[i]);
            }
        }
        var scale = RowCodes.Encode(row, codes);
        if (settings.Storage == VectorStorage.Int8)
            for (var i = 0; i < row.Length; i++)
                row[i] = (codes[i] - RowCodes.Zero) * scale;
        return scale;
    }

    void WriteRow(float scale, float roughScale, float residual)
    {
        if (scales.Count == Array.MaxLength)
            throw new InvalidOperationException($"more than {Array.MaxLength} vectors");
        codesChecksum = Crc32C.Add(codesChecksum, codes);
        scan.Write(codes);
        scales.Add(scale);
        roughChecksum = Crc32C.Add(roughChecksum, roughCodes);
        rough.Write(roughCodes);
        roughScales.Add(roughScale);
        residuals.Add(residual);
        if (vectors is null)
            return;
        vectorsChecksum = Crc32C.Add(vectorsChecksum, stored);
        vectors.Write(stored);
    }

    void End(ReadOnlySpan<byte> id, int rows)
    {
        ids.Write(id);
        idEnds.Add((ulong)ids.Length);
        starts.Add((uint)scales.Count);
        mostRows = Math.Max(mostRows, rows);
    }

    uint[] Order()
    {
        var order = new uint[Documents];
        for (var document = 0; document < order.Length; document++)
            order[document] = (uint)document;
        order.AsSpan().Sort((a, b) => Id(a).SequenceCompareTo(Id(b)));
        for (var place = 1; place < order.Length; place++)
            if (Id(order[place - 1]).SequenceEqual(Id(order[place])))
                throw new ArgumentException($"document {Utf8.GetString(Id(order[place]))} is added twice");
        return order;
    }

    ReadOnlySpan<byte> Id(uint document) => ids.GetBuffer().AsSpan((int)idEnds[(int)document], (int)(idEnds[(int)document + 1] - idEnds[(int)document]));

    uint Write(ReadOnlySpan<byte> bytes, uint checksum = 0)
    {
        scan.Write(bytes);
        return Crc32C.Add(checksum, bytes);
    }

    void Pad(FileSection next) => scan.Write(new byte[next.Offset - scan.Position]);
}
