using System.IO.Compression;
using ReasonIR.Retrieval.Parquet.Compression.Zstandard;
using ReasonIR.Retrieval.Parquet.Metadata;

namespace ReasonIR.Retrieval.Parquet.Compression;

/// <summary>Unpacks pages: gzip and brotli by the framework, the rest by decoders of our own.</summary>
static class PageCompression
{
    const int Part = 1 << 15;

    /// <exception cref="InvalidDataException">The bytes are not what the codec writes, or unpack to another length than the page states.</exception>
    public static void Unpack(Codec codec, ReadOnlyMemory<byte> packed, UnpackedPage page)
    {
        // Pages of nulls alone hold no value bytes; some writers compress nothing to nothing.
        if (packed.IsEmpty && page.Stated == 0)
            return;
        switch (codec)
        {
            case Codec.Uncompressed:
                packed.Span.CopyTo(page.Append(packed.Length));
                break;
            case Codec.Snappy:
                Snappy.Unpack(packed.Span, page);
                break;
            case Codec.Lz4Raw:
                Lz4.Unpack(packed.Span, page);
                break;
            case Codec.Zstd:
                ZstdDecoder.Unpack(packed.Span, page);
                break;
            case Codec.Gzip:
                Pump(input => new GZipStream(input, CompressionMode.Decompress), packed, page);
                break;
            case Codec.Brotli:
                Pump(input => new BrotliStream(input, CompressionMode.Decompress), packed, page);
                break;
            default:
                throw new InvalidDataException($"is compressed by {codec}, which this reader does not take; it takes snappy, gzip, brotli, zstd and lz4_raw");
        }
        page.RequireWhole();
    }

    static void Pump(Func<Stream, Stream> open, ReadOnlyMemory<byte> packed, UnpackedPage page)
    {
        using var input = new MemoryStream(packed.ToArray(), writable: false);
        using var unpacked = open(input);
        var part = new byte[Part];
        try
        {
            for (int read; (read = unpacked.Read(part)) > 0;)
                part.AsSpan(0, read).CopyTo(page.Append(read));
        }
        catch (InvalidOperationException e)
        {
            // How the framework's brotli says that its input is broken.
            throw new InvalidDataException(e.Message, e);
        }
    }
}
