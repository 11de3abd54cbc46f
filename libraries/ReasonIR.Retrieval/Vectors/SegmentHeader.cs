using System.Buffers.Binary;
using ReasonIR.Retrieval.Storage;

namespace ReasonIR.Retrieval.Vectors;

/// <summary>
/// The first bytes of a segment's scan file (little-endian), which fix where everything else lies:
/// <code>
/// 0   magic "RIRVSEG\n"     8  version u32     12 dimension u32    16 documents u32   20 rows u32
/// 24  metric u32           28 storage u32     32 bytes of ids u64  40 bytes of metadata u64
/// 48  most rows of a document u32             52 CRC-32C u32 of codes, scales, starts, ids, order, metadata, vectors, rough codes, bounds
/// 124 CRC-32C of bytes 0..123
/// 4096  codes    [rows × code stride] u8, a row padded to 64 bytes
///       bounds   [2 × rows] f32: the rough codes' scales, then what they leave of each row
///       scales   [rows] f32
///       starts   [documents + 1] u32: the first row of each document   (only where one has several)
///       ids      [documents + 1] u64 offsets, then the UTF-8 bytes
///       order    [documents] u32: the documents by id ascending
///       metadata see <see cref="MetadataColumns"/>
/// </code>
/// Sections start at multiples of 64 bytes. The rough codes lie in a sibling file, [rows × rough stride] u8 from 4096 on (<see cref="RoughCodes"/>),
/// the vectors themselves in another one, [rows × vector stride] from 4096 on, unless storage is int8. The length of all files follows from the header and must be exactly that.
/// </summary>
readonly record struct SegmentHeader(
    int Dimension, int Documents, int Rows, VectorMetric Metric, VectorStorage Storage, long IdBytes, long MetadataBytes, int MostRows, SegmentChecksums Checksums)
{
    public const int Bytes = 128;
    public const int FirstSection = 4096;
    public const uint Version = 3;

    const int Alignment = 64;

    static ReadOnlySpan<byte> Magic => "RIRVSEG\n"u8;

    /// <summary>Codes from row to row.</summary>
    public int CodeStride => RoundUp(Dimension, Alignment);

    /// <summary>Bytes from vector to vector; 0 where only codes are stored.</summary>
    public int VectorStride => VectorBytes(Dimension, Storage);

    /// <summary>Whether a document may have several rows.</summary>
    public bool HasParts => MostRows > 1;

    /// <summary>Bytes of rough codes from row to row.</summary>
    public int RoughStride => RoughCodes.Stride(Dimension);

    /// <summary>In a sibling file.</summary>
    public FileSection Rough => new(FirstSection, (long)Rows * RoughStride);

    public FileSection Codes => new(FirstSection, (long)Rows * CodeStride);

    public FileSection Bounds => new(Align(Codes.End), 2L * Rows * sizeof(float));

    public FileSection Scales => new(Align(Bounds.End), (long)Rows * sizeof(float));

    public FileSection Starts => new(Align(Scales.End), HasParts ? ((long)Documents + 1) * sizeof(uint) : 0);

    public FileSection Ids => new(Align(Starts.End), ((long)Documents + 1) * sizeof(ulong) + IdBytes);

    public FileSection Order => new(Align(Ids.End), (long)Documents * sizeof(uint));

    public FileSection Metadata => new(Align(Order.End), MetadataBytes);

    /// <summary>In a sibling file.</summary>
    public FileSection Vectors => new(FirstSection, (long)Rows * VectorStride);

    /// <summary>Bytes of a stored vector with its padding.</summary>
    public static int VectorBytes(int dimension, VectorStorage storage) => storage switch
    {
        VectorStorage.Float32 => RoundUp(dimension * sizeof(float), Alignment),
        VectorStorage.BFloat16 => RoundUp(dimension * sizeof(ushort), Alignment),
        _ => 0,
    };

    public void Write(Span<byte> page)
    {
        Magic.CopyTo(page);
        ReadOnlySpan<uint> numbers = [Version, (uint)Dimension, (uint)Documents, (uint)Rows, (uint)Metric, (uint)Storage];
        for (var i = 0; i < numbers.Length; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(page[(8 + 4 * i)..], numbers[i]);
        BinaryPrimitives.WriteInt64LittleEndian(page[32..], IdBytes);
        BinaryPrimitives.WriteInt64LittleEndian(page[40..], MetadataBytes);
        BinaryPrimitives.WriteInt32LittleEndian(page[48..], MostRows);
        Checksums.Write(page[52..]);
        BinaryPrimitives.WriteUInt32LittleEndian(page[124..], Crc32C.Add(0, page[..124]));
    }

    /// <summary>Reads and checks everything that can be known without the sections.</summary>
    /// <param name="page">The first bytes of the file.</param>
    /// <param name="fileBytes">The file's length, which bounds all that a header can ask for.</param>
    /// <exception cref="VectorIndexException">Not a segment, of another version, or damaged.</exception>
    public static SegmentHeader Read(ReadOnlySpan<byte> page, long fileBytes, string path)
    {
        if (page.Length < Bytes || !page.StartsWith(Magic))
            throw new VectorIndexException(path, "not a segment of a vector index (no magic number)");
        var version = Number(page, 8);
        if (version != Version)
            throw new VectorIndexException(path, $"version {version}, expected {Version}: built by another version, build the index again");
        if (Number(page, 124) != Crc32C.Add(0, page[..124]))
            throw new VectorIndexException(path, "damaged header (checksum)");
        var (dimension, documents, rows) = (Number(page, 12), Number(page, 16), Number(page, 20));
        var (metric, storage, most) = (Number(page, 24), Number(page, 28), Number(page, 48));
        var (idBytes, metadataBytes) = (BinaryPrimitives.ReadUInt64LittleEndian(page[32..]), BinaryPrimitives.ReadUInt64LittleEndian(page[40..]));
        if (dimension is 0 or > VectorIndexSettings.LargestDimension)
            throw new VectorIndexException(path, $"dimension {dimension}, expected 1 to {VectorIndexSettings.LargestDimension}");
        // A row takes at least 64 bytes: a count beyond this would only overflow the sums below.
        if (rows > Math.Min(fileBytes / Alignment, Array.MaxLength) || documents > rows)
            throw new VectorIndexException(path, $"{documents} documents of {rows} vectors do not fit in {fileBytes} bytes");
        if (most > Math.Min(rows, VectorDocument.MostParts) || rows > 0 && most == 0 || rows > (ulong)documents * most || most == 1 && rows != documents)
            throw new VectorIndexException(path, $"{rows} vectors of {documents} documents, {most} at most for one: damaged");
        if (metric > (uint)VectorMetric.Cosine)
            throw new VectorIndexException(path, $"unknown metric {metric}");
        if (storage > (uint)VectorStorage.Int8)
            throw new VectorIndexException(path, $"unknown storage {storage}");
        if (idBytes > (ulong)fileBytes || metadataBytes > (ulong)Math.Min(fileBytes, int.MaxValue))
            throw new VectorIndexException(path, $"{idBytes} bytes of ids and {metadataBytes} of metadata do not fit in {fileBytes} bytes");
        var header = new SegmentHeader(
            (int)dimension, (int)documents, (int)rows, (VectorMetric)metric, (VectorStorage)storage, (long)idBytes, (long)metadataBytes, (int)most, SegmentChecksums.Read(page[52..]));
        if (header.Metadata.End != fileBytes)
            throw new VectorIndexException(path, $"{fileBytes} bytes, expected {header.Metadata.End}: truncated or damaged");
        return header;
    }

    public static long Align(long offset) => (offset + Alignment - 1) / Alignment * Alignment;

    static uint Number(ReadOnlySpan<byte> page, int at) => BinaryPrimitives.ReadUInt32LittleEndian(page[at..]);

    static int RoundUp(int value, int multiple) => (value + multiple - 1) / multiple * multiple;
}

/// <summary>Where a section lies, in bytes from the file's start.</summary>
readonly record struct FileSection(long Offset, long Length)
{
    public long End => Offset + Length;
}

/// <summary>CRC-32C of each section.</summary>
readonly record struct SegmentChecksums(uint Codes, uint Scales, uint Starts, uint Ids, uint Order, uint Metadata, uint Vectors, uint Rough, uint Bounds)
{
    public void Write(Span<byte> bytes)
    {
        ReadOnlySpan<uint> all = [Codes, Scales, Starts, Ids, Order, Metadata, Vectors, Rough, Bounds];
        for (var i = 0; i < all.Length; i++)
            BinaryPrimitives.WriteUInt32LittleEndian(bytes[(4 * i)..], all[i]);
    }

    public static SegmentChecksums Read(ReadOnlySpan<byte> bytes)
    {
        Span<uint> all = stackalloc uint[9];
        for (var i = 0; i < all.Length; i++)
            all[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(4 * i)..]);
        return new(all[0], all[1], all[2], all[3], all[4], all[5], all[6], all[7], all[8]);
    }
}
