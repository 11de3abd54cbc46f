using ReasonIR.Retrieval.Parquet.Compression;
using ReasonIR.Retrieval.Parquet.Metadata;

namespace ReasonIR.Retrieval.Parquet.Pages;

/// <summary>The pages of one column in one row group, one at a time in memory.</summary>
/// <param name="stream">The file; shared with the readers of other columns, hence sought before every read.</param>
/// <param name="end">Where the chunk ends at the latest.</param>
sealed class PageReader(Stream stream, ChunkMetadata chunk, long start, long end, ParquetLimits limits)
{
    const int FirstHeader = 512;
    const int LongestHeader = 16 << 20;

    long at = start;
    byte[] packed = [];

    /// <summary>Which page was read last, from 1.</summary>
    public int Number { get; private set; }

    /// <summary>The next page that holds values or a dictionary; its header, and its bytes as they are stored.</summary>
    public PageHeader Next(out ReadOnlyMemory<byte> stored)
    {
        while (true)
        {
            Number++;
            var header = ReadHeader();
            if (header.CompressedBytes > end - at)
                throw new InvalidDataException($"its header states {header.CompressedBytes} bytes, {Math.Max(0, end - at)} follow");
            if (header.CompressedBytes > limits.PageBytes || header.UncompressedBytes > limits.PageBytes)
                throw new InvalidDataException($"is larger than {limits.PageBytes} bytes");
            if (header.Values > limits.PageValues)
                throw new InvalidDataException($"states {header.Values} values, more than {limits.PageValues}");
            if (header.Kind == PageKind.Index)
            {
                at += header.CompressedBytes;
                continue;
            }
            stored = Read(at, header.CompressedBytes);
            at += header.CompressedBytes;
            if (header.Checksum is { } expected && Crc32.Of(stored.Span) is var found && found != expected)
                throw new InvalidDataException($"its checksum should be {expected:x8}, it is {found:x8}");
            return header;
        }
    }

    /// <summary>Unpacks a page, or the values of a page whose levels are not packed.</summary>
    public void Unpack(PageHeader header, ReadOnlyMemory<byte> stored, UnpackedPage page, int levels = 0)
    {
        if (levels > header.UncompressedBytes || levels > stored.Length)
            throw new InvalidDataException($"its header states {levels} bytes of levels in a page of {Math.Min(stored.Length, header.UncompressedBytes)}");
        page.Begin(header.UncompressedBytes);
        stored.Span[..levels].CopyTo(page.Append(levels));
        if (levels == 0)
            PageCompression.Unpack(header.Compressed ? chunk.Codec : Codec.Uncompressed, stored, page);
        else
        {
            values.Begin(header.UncompressedBytes - levels);
            PageCompression.Unpack(header.Compressed ? chunk.Codec : Codec.Uncompressed, stored[levels..], values);
            values.Bytes.AsSpan(0, values.Length).CopyTo(page.Append(values.Length));
        }
    }

    readonly UnpackedPage values = new();

    // How long a header is stands nowhere: try with more until it fits.
    PageHeader ReadHeader()
    {
        for (var length = FirstHeader; ; length *= 8)
        {
            var bytes = Read(at, (int)Math.Min(Math.Min(length, LongestHeader), end - at));
            try
            {
                var header = PageHeader.Read(bytes.Span, out var used);
                at += used;
                return header;
            }
            catch (EndOfStreamException) when (bytes.Length == length && length < LongestHeader)
            {
            }
        }
    }

    ReadOnlyMemory<byte> Read(long offset, int count)
    {
        if (count <= 0)
            return count == 0 && offset <= end ? default : throw new EndOfStreamException("begins beyond its column's end");
        if (packed.Length < count)
            packed = new byte[count];
        stream.Position = offset;
        stream.ReadExactly(packed, 0, count);
        return packed.AsMemory(0, count);
    }
}
