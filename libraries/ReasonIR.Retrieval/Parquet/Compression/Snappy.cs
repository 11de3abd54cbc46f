using System.Buffers.Binary;

namespace ReasonIR.Retrieval.Parquet.Compression;

/// <summary>Snappy's raw format (google/snappy, format_description.txt).</summary>
static class Snappy
{
    public static void Unpack(ReadOnlySpan<byte> packed, UnpackedPage page)
    {
        var (at, stated) = (0, 0UL);
        for (var shift = 0; ; shift += 7)
        {
            var part = shift < 35 ? Byte(packed, ref at) : throw new InvalidDataException("broken snappy: its length has no end");
            stated |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
                break;
        }
        if (stated != (ulong)page.Stated)
            throw new InvalidDataException($"broken snappy: states {stated} bytes, the page's header {page.Stated}");
        while (at < packed.Length)
        {
            var tag = packed[at++];
            switch (tag & 3)
            {
                case 0:
                    var length = (tag >> 2) + 1L;
                    if (length > 60)
                        length = Number(Take(packed, ref at, (int)length - 60)) + 1L;
                    Take(packed, ref at, length).CopyTo(page.Append((int)length));
                    break;
                case 1:
                    page.Repeat((tag >> 5 << 8) | Byte(packed, ref at), ((tag >> 2) & 7) + 4);
                    break;
                case 2:
                    page.Repeat(BinaryPrimitives.ReadUInt16LittleEndian(Take(packed, ref at, 2)), (tag >> 2) + 1);
                    break;
                default:
                    page.Repeat(BinaryPrimitives.ReadUInt32LittleEndian(Take(packed, ref at, 4)), (tag >> 2) + 1);
                    break;
            }
        }
    }

    static uint Number(ReadOnlySpan<byte> bytes)
    {
        var value = 0U;
        for (var i = bytes.Length - 1; i >= 0; i--)
            value = (value << 8) | bytes[i];
        return value;
    }

    static byte Byte(ReadOnlySpan<byte> packed, ref int at) => Take(packed, ref at, 1)[0];

    static ReadOnlySpan<byte> Take(ReadOnlySpan<byte> packed, ref int at, long count)
    {
        if (count > packed.Length - at)
            throw new InvalidDataException("broken snappy: ends too early");
        at += (int)count;
        return packed.Slice(at - (int)count, (int)count);
    }
}
