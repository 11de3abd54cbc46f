using System.Runtime.InteropServices;
using System.Text;
using ReasonIR.Retrieval.Storage;

namespace ReasonIR.Retrieval.Vectors;

/// <summary>
/// Writes a segment's files as documents come: memory holds the ids, scales, bounds and metadata, not the vectors. Nothing names the files before
/// the manifest does, so what a crash leaves of them is only swept. Not thread-safe.
/// </summary>
sealed class SegmentWriter : IDisposable
{
    static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    readonly VectorIndexSettings settings;
    readonly FileStream scan, rough;
    readonly FileStream? vectors;
    readonly EncodedRow row;
    readonly List<float> scales = [], roughScales = [], residuals = [];
    readonly List<uint> starts = [0];
    readonly SegmentIds ids = new();
    readonly MetadataWriter metadata = new();
    uint codesChecksum, roughChecksum, vectorsChecksum;
    int mostRows;

    public SegmentWriter(string folder, string name, VectorIndexSettings settings)
    {
        this.settings = settings;
        row = new(settings);
        scan = Open(SegmentFiles.ScanFile(folder, name));
        rough = Open(SegmentFiles.RoughFile(folder, name));
        vectors = row.Stored.Length > 0 ? Open(SegmentFiles.VectorFile(folder, name)) : null;

        static FileStream Open(string path)
        {
            var file = new FileStream(path, FileMode.Create, FileAccess.ReadWrite, FileShare.Delete, 1 << 20);
            file.Write(new byte[SegmentHeader.FirstSection]);
            return file;
        }
    }

    public int Documents => ids.Count;

    /// <summary>Adds a document.</summary>
    /// <exception cref="ArgumentException">It cannot be stored; the message names it. What was added before stays.</exception>
    public void Add(string id, ReadOnlySpan<float> parts, IReadOnlyList<MetadataField>? fields)
    {
        Check(id, parts, fields, settings);
        for (var part = 0; part < parts.Length; part += settings.Dimension)
        {
            row.Encode(parts.Slice(part, settings.Dimension));
            WriteRow();
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
                row.Copy(segment, at);
                WriteRow();
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
        var order = ids.Order();
        var fields = metadata.ToArray();
        var header = new SegmentHeader(settings.Dimension, Documents, scales.Count, settings.Metric, settings.Storage, ids.Bytes.Length, fields.Length, mostRows, default);
        Pad(header.Bounds);
        var boundsChecksum = Write(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(residuals)), Write(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(roughScales))));
        Pad(header.Scales);
        var scalesChecksum = Write(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(scales)));
        Pad(header.Starts);
        var startsChecksum = header.HasParts ? Write(MemoryMarshal.AsBytes(CollectionsMarshal.AsSpan(starts))) : 0;
        Pad(header.Ids);
        var idsChecksum = Write(ids.Bytes, Write(MemoryMarshal.AsBytes(ids.Ends)));
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

    void WriteRow()
    {
        if (scales.Count == Array.MaxLength)
            throw new InvalidOperationException($"more than {Array.MaxLength} vectors");
        codesChecksum = Write(scan, row.Codes, codesChecksum);
        roughChecksum = Write(rough, row.Rough, roughChecksum);
        if (vectors is not null)
            vectorsChecksum = Write(vectors, row.Stored, vectorsChecksum);
        scales.Add(row.Scale);
        roughScales.Add(row.RoughScale);
        residuals.Add(row.Residual);
    }

    void End(ReadOnlySpan<byte> id, int rows)
    {
        ids.Add(id);
        starts.Add((uint)scales.Count);
        mostRows = Math.Max(mostRows, rows);
    }

    uint Write(ReadOnlySpan<byte> bytes, uint checksum = 0) => Write(scan, bytes, checksum);

    static uint Write(FileStream file, ReadOnlySpan<byte> bytes, uint checksum)
    {
        file.Write(bytes);
        return Crc32C.Add(checksum, bytes);
    }

    void Pad(FileSection next) => scan.Write(new byte[next.Offset - scan.Position]);
}
