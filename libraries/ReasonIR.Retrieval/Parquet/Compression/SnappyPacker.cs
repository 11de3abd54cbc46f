using System.Buffers;
using System.Buffers.Binary;

namespace ReasonIR.Retrieval.Parquet.Compression;

/// <summary>
/// Compresses to snappy's raw format (google/snappy, format_description.txt): blocks of 64 KiB, the last place of each hash of four
/// bytes, matches within the block.
/// </summary>
static class SnappyPacker
{
    const int Block = 1 << 16;
    const int HashBits = 14;
    const int Shortest = 4;
    const int LongestCopy = 64;

    public static void Pack(ReadOnlySpan<byte> plain, IBufferWriter<byte> target)
    {
        Varint((uint)plain.Length, target);
        var places = ArrayPool<ushort>.Shared.Rent(1 << HashBits);
        try
        {
            for (; plain.Length > 0; plain = plain[Math.Min(Block, plain.Length)..])
            {
                places.AsSpan(0, 1 << HashBits).Clear();
                PackBlock(plain[..Math.Min(Block, plain.Length)], places, target);
            }
        }
        finally
        {
            ArrayPool<ushort>.Shared.Return(places);
        }
    }

    static void PackBlock(ReadOnlySpan<byte> block, ushort[] places, IBufferWriter<byte> target)
    {
        var (at, literal, misses) = (1, 0, 0);
        while (at + Shortest <= block.Length)
        {
            var word = BinaryPrimitives.ReadUInt32LittleEndian(block[at..]);
            ref var place = ref places[word * 0x1E35A7BD >> (32 - HashBits)];
            int candidate = place;
            place = (ushort)at;
            if (candidate >= at || BinaryPrimitives.ReadUInt32LittleEndian(block[candidate..]) != word)
            {
                // Where nothing repeats, look less and less often.
                at += 1 + (misses++ >> 5);
                continue;
            }
            misses = 0;
            Literal(block[literal..at], target);
            var length = Shortest + block[(at + Shortest)..].CommonPrefixLength(block[(candidate + Shortest)..]);
            Copy(at - candidate, length, target);
            at += length;
            literal = at;
        }
        Literal(block[literal..], target);
    }

    static void Literal(ReadOnlySpan<byte> bytes, IBufferWriter<byte> target)
    {
        if (bytes.IsEmpty)
            return;
        var span = target.GetSpan(3);
        var last = bytes.Length - 1;
        if (last < 60)
        {
            span[0] = (byte)(last << 2);
            target.Advance(1);
        }
        else if (last < 256)
        {
            (span[0], span[1]) = (60 << 2, (byte)last);
            target.Advance(2);
        }
        else
        {
            span[0] = 61 << 2;
            BinaryPrimitives.WriteUInt16LittleEndian(span[1..], (ushort)last);
            target.Advance(3);
        }
        target.Write(bytes);
    }

    static void Copy(int distance, int length, IBufferWriter<byte> target)
    {
        while (length > 0)
        {
            // The rest is never too short for a copy of its own.
            var part = length <= LongestCopy ? length : length < LongestCopy + Shortest ? LongestCopy - Shortest : LongestCopy;
            var span = target.GetSpan(3);
            if (part is >= 4 and <= 11 && distance < 2048)
            {
                (span[0], span[1]) = ((byte)(distance >> 8 << 5 | (part - 4) << 2 | 1), (byte)distance);
                target.Advance(2);
            }
            else
            {
                span[0] = (byte)((part - 1) << 2 | 2);
                BinaryPrimitives.WriteUInt16LittleEndian(span[1..], (ushort)distance);
                target.Advance(3);
            }
            length -= part;
        }
    }

    static void Varint(uint value, IBufferWriter<byte> target)
    {
        var span = target.GetSpan(5);
        var count = 0;
        for (; value >= 0x80; value >>= 7)
            span[count++] = (byte)(value | 0x80);
        span[count++] = (byte)value;
        target.Advance(count);
    }
}
