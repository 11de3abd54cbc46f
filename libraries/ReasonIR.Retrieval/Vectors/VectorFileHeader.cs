using System.Buffers.Binary;
using ReasonIR.Retrieval.Storage;

namespace ReasonIR.Retrieval.Vectors;

/// <summary>
/// The first page of an index file (little-endian), which fixes where everything else lies:
/// <code>
/// 0  magic "RIRVECT\n"      8  version u32    12 dimension u32    16 count u64
/// 24 metric u32            28 precision u32   32 bytes of all ids u64
/// 40 CRC-32C of each section u32 × 5          60 CRC-32C of bytes 0..59
/// 4096  floats   [count × stride] f32, a row padded with zeros to 64 bytes
///       codes    [count × code stride] i8, padded likewise   (precision int8 only)
///       scales   [count] f32                                 (precision int8 only)
///       ids      [count + 1] u64 offsets, then the UTF-8 bytes
///       order    [count] u32: the rows by id ascending
/// </code>
/// Each section starts at a multiple of 64 bytes. The file's length follows from the header and must be exactly that.
/// </summary>
readonly record struct VectorFileHeader(
    int Dimension, int Count, VectorMetric Metric, VectorPrecision Precision, long IdBytes, SectionChecksums Checksums)
{
    public const int Bytes = 64;
    public const int FirstSection = 4096;
    public const int LargestDimension = 1 << 16;
    public const uint Version = 1;

    const int Alignment = 64;

    static ReadOnlySpan<byte> Magic => "RIRVECT\n"u8;

    /// <summary>Floats from row to row.</summary>
    public int Stride => RoundUp(Dimension, Alignment / sizeof(float));

    /// <summary>Codes from row to row; 0 where there are none.</summary>
    public int CodeStride => HasCodes ? RoundUp(Dimension, Alignment) : 0;

    public bool HasCodes => Precision == VectorPrecision.Int8Rescored;

    public VectorFileSection Floats => new(FirstSection, (long)Count * Stride * sizeof(float));

    public VectorFileSection Codes => new(Align(Floats.End), (long)Count * CodeStride);

    public VectorFileSection Scales => new(Align(Codes.End), HasCodes ? (long)Count * sizeof(float) : 0);

    public VectorFileSection Ids => new(Align(Scales.End), ((long)Count + 1) * sizeof(ulong) + IdBytes);

    public VectorFileSection Order => new(Align(Ids.End), (long)Count * sizeof(uint));

    public void Write(Span<byte> page)
    {
        Magic.CopyTo(page);
        BinaryPrimitives.WriteUInt32LittleEndian(page[8..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(page[12..], (uint)Dimension);
        BinaryPrimitives.WriteUInt64LittleEndian(page[16..], (ulong)Count);
        BinaryPrimitives.WriteUInt32LittleEndian(page[24..], (uint)Metric);
        BinaryPrimitives.WriteUInt32LittleEndian(page[28..], (uint)Precision);
        BinaryPrimitives.WriteUInt64LittleEndian(page[32..], (ulong)IdBytes);
        BinaryPrimitives.WriteUInt32LittleEndian(page[40..], Checksums.Floats);
        BinaryPrimitives.WriteUInt32LittleEndian(page[44..], Checksums.Codes);
        BinaryPrimitives.WriteUInt32LittleEndian(page[48..], Checksums.Scales);
        BinaryPrimitives.WriteUInt32LittleEndian(page[52..], Checksums.Ids);
        BinaryPrimitives.WriteUInt32LittleEndian(page[56..], Checksums.Order);
        BinaryPrimitives.WriteUInt32LittleEndian(page[60..], Checksum(page[..60]));
    }

    /// <summary>Reads and checks everything that can be known without the sections.</summary>
    /// <param name="page">At least the first <see cref="Bytes"/> bytes of the file.</param>
    /// <param name="fileBytes">The file's length, which bounds all that a header can ask for.</param>
    /// <exception cref="VectorIndexException">Not an index, of another version, or damaged.</exception>
    public static VectorFileHeader Read(ReadOnlySpan<byte> page, long fileBytes, string path)
    {
        if (page.Length < Bytes || !page.StartsWith(Magic))
            throw new VectorIndexException(path, "not a vector index (no magic number)");
        var version = BinaryPrimitives.ReadUInt32LittleEndian(page[8..]);
        if (version != Version)
            throw new VectorIndexException(path, $"version {version}, expected {Version}: built by another version, build it again");
        if (BinaryPrimitives.ReadUInt32LittleEndian(page[60..]) != Checksum(page[..60]))
            throw new VectorIndexException(path, "damaged header (checksum)");
        var dimension = BinaryPrimitives.ReadUInt32LittleEndian(page[12..]);
        var count = BinaryPrimitives.ReadUInt64LittleEndian(page[16..]);
        var (metric, precision) = (BinaryPrimitives.ReadUInt32LittleEndian(page[24..]), BinaryPrimitives.ReadUInt32LittleEndian(page[28..]));
        var idBytes = BinaryPrimitives.ReadUInt64LittleEndian(page[32..]);
        if (dimension is 0 or > LargestDimension)
            throw new VectorIndexException(path, $"dimension {dimension}, expected 1 to {LargestDimension}");
        // A row takes at least 64 bytes: a count beyond this would only overflow the sums below.
        if (count > (ulong)Math.Min(fileBytes / Alignment, Array.MaxLength))
            throw new VectorIndexException(path, $"{count} vectors do not fit in {fileBytes} bytes");
        if (metric > (uint)VectorMetric.Cosine)
            throw new VectorIndexException(path, $"unknown metric {metric}");
        if (precision > (uint)VectorPrecision.Int8Rescored)
            throw new VectorIndexException(path, $"unknown precision {precision}");
        if (idBytes > (ulong)fileBytes)
            throw new VectorIndexException(path, $"{idBytes} bytes of ids do not fit in {fileBytes} bytes");
        var header = new VectorFileHeader(
            (int)dimension, (int)count, (VectorMetric)metric, (VectorPrecision)precision, (long)idBytes,
            new(BinaryPrimitives.ReadUInt32LittleEndian(page[40..]), BinaryPrimitives.ReadUInt32LittleEndian(page[44..]),
                BinaryPrimitives.ReadUInt32LittleEndian(page[48..]), BinaryPrimitives.ReadUInt32LittleEndian(page[52..]),
                BinaryPrimitives.ReadUInt32LittleEndian(page[56..])));
        if (header.Order.End != fileBytes)
            throw new VectorIndexException(path, $"{fileBytes} bytes, expected {header.Order.End}: truncated or damaged");
        return header;
    }

    public static long Align(long offset) => (offset + Alignment - 1) / Alignment * Alignment;

    static uint Checksum(ReadOnlySpan<byte> bytes) => Crc32C.Add(0, bytes);

    static int RoundUp(int value, int multiple) => (value + multiple - 1) / multiple * multiple;
}

/// <summary>Where a section lies, in bytes from the file's start.</summary>
readonly record struct VectorFileSection(long Offset, long Length)
{
    public long End => Offset + Length;
}

/// <summary>CRC-32C of each section.</summary>
readonly record struct SectionChecksums(uint Floats, uint Codes, uint Scales, uint Ids, uint Order);
