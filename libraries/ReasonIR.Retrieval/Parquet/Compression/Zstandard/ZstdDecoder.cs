using System.Buffers.Binary;

namespace ReasonIR.Retrieval.Parquet.Compression.Zstandard;

/// <summary>
/// Unpacks Zstandard frames (RFC 8878) without dictionaries. A frame's own checksum is passed over: Parquet has one a page.
/// </summary>
static class ZstdDecoder
{
    const uint FrameMagic = 0xFD2FB528;
    const uint SkippableMagic = 0x184D2A50;

    public static void Unpack(ReadOnlySpan<byte> packed, UnpackedPage page)
    {
        while (!packed.IsEmpty)
        {
            var magic = BinaryPrimitives.ReadUInt32LittleEndian(Take(ref packed, 4));
            if ((magic & 0xFFFFFFF0) == SkippableMagic)
                Take(ref packed, BinaryPrimitives.ReadUInt32LittleEndian(Take(ref packed, 4)));
            else if (magic == FrameMagic)
                UnpackFrame(ref packed, page);
            else
                throw new InvalidDataException("broken zstd: does not begin as a frame");
        }
    }

    static void UnpackFrame(ref ReadOnlySpan<byte> packed, UnpackedPage page)
    {
        var descriptor = Take(ref packed, 1)[0];
        if ((descriptor & 8) != 0)
            throw new InvalidDataException("broken zstd: uses a reserved bit");
        var single = (descriptor & 0x20) != 0;
        if (!single)
            Take(ref packed, 1);
        var dictionary = Take(ref packed, (descriptor & 3) switch { 0 => 0, 1 => 1, 2 => 2, _ => 4 });
        if (dictionary.ContainsAnyExcept((byte)0))
            throw new InvalidDataException("zstd with a dictionary, which Parquet does not have");
        // The stated length, in a form that depends on its size: the page has one of its own.
        Take(ref packed, (descriptor >> 6) switch { 0 => single ? 1 : 0, 1 => 2, 2 => 4, _ => 8 });
        var frame = new ZstdFrame(page);
        bool last;
        do
        {
            var head = Take(ref packed, 3);
            var block = head[0] | (head[1] << 8) | (head[2] << 16);
            last = (block & 1) != 0;
            var size = block >> 3;
            switch ((block >> 1) & 3)
            {
                case 0:
                    Take(ref packed, size).CopyTo(page.Append(size));
                    break;
                case 1:
                    page.Append(size).Fill(Take(ref packed, 1)[0]);
                    break;
                case 2:
                    frame.UnpackBlock(Take(ref packed, size));
                    break;
                default:
                    throw new InvalidDataException("broken zstd: a block is of a reserved kind");
            }
        }
        while (!last);
        if ((descriptor & 4) != 0)
            Take(ref packed, 4);
    }

    /// <summary>The next bytes, which it steps over.</summary>
    internal static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> packed, long count)
    {
        if (count > packed.Length)
            throw new InvalidDataException("broken zstd: ends too early");
        var taken = packed[..(int)count];
        packed = packed[(int)count..];
        return taken;
    }
}
