using System.Buffers.Binary;

namespace ReasonIR.Retrieval.Parquet.Compression;

/// <summary>LZ4's block format (lz4/lz4, lz4_Block_format.md), which Parquet calls LZ4_RAW.</summary>
static class Lz4
{
    const int ShortestMatch = 4;

    public static void Unpack(ReadOnlySpan<byte> packed, UnpackedPage page)
    {
        var at = 0;
        while (at < packed.Length)
        {
            var token = packed[at++];
            var literals = Length(packed, ref at, token >> 4);
            if (literals > packed.Length - at)
                throw new InvalidDataException("broken lz4: ends within literals");
            packed.Slice(at, literals).CopyTo(page.Append(literals));
            at += literals;
            // The last sequence has no match.
            if (at == packed.Length)
                return;
            if (packed.Length - at < 2)
                throw new InvalidDataException("broken lz4: ends within an offset");
            var distance = BinaryPrimitives.ReadUInt16LittleEndian(packed[at..]);
            at += 2;
            page.Repeat(distance, Length(packed, ref at, token & 15) + ShortestMatch);
        }
    }

    static int Length(ReadOnlySpan<byte> packed, ref int at, int nibble)
    {
        var length = nibble;
        if (nibble < 15)
            return length;
        byte more;
        do
        {
            more = at < packed.Length ? packed[at++] : throw new InvalidDataException("broken lz4: ends within a length");
            length = checked(length + more);
        }
        while (more == 255);
        return length;
    }
}
