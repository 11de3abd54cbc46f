using System.Buffers.Binary;

namespace ReasonIR.Retrieval.Parquet.Encodings;

/// <summary>
/// DELTA_BINARY_PACKED: the first value, then blocks of differences from the one before, each block with its least difference and
/// miniblocks of one width each. Sums wrap around.
/// </summary>
sealed class DeltaIntegers : ValueReader
{
    const int LargestBlock = 1 << 16;
    const int MostMiniblocks = 512;

    readonly byte[] bytes, value;
    readonly byte[] widths;
    readonly int end, width, perMiniblock;
    int at, miniblock;
    long current, least, left, inMiniblock, bit;

    /// <param name="width">Bytes of a value.</param>
    public DeltaIntegers(byte[] bytes, int start, int end, int width)
    {
        (this.bytes, at, this.end, this.width, value) = (bytes, start, end, width, new byte[8]);
        var (block, miniblocks, total) = (Varint(), Varint(), Varint());
        if (block is 0 or > LargestBlock || miniblocks is 0 or > MostMiniblocks || block % miniblocks != 0 || block / miniblocks % 8 != 0 || total > int.MaxValue)
            throw new InvalidDataException($"states delta blocks of {block} values in {miniblocks} miniblocks, {total} values");
        widths = new byte[miniblocks];
        perMiniblock = (int)(block / miniblocks);
        miniblock = widths.Length;
        current = ZigZag();
        Count = (int)total;
        left = Count;
    }

    /// <summary>How many values the header states.</summary>
    public int Count { get; }

    public override ReadOnlyMemory<byte> Next()
    {
        BinaryPrimitives.WriteInt64LittleEndian(value, NextInteger());
        return value.AsMemory(0, width);
    }

    public long NextInteger()
    {
        if (left == 0)
            throw Early();
        if (left-- == Count)
            return current;
        if (inMiniblock == 0)
            NextMiniblock();
        inMiniblock--;
        return current += least + Unpack(widths[miniblock]);
    }

    /// <summary>Where the integers end: steps over their blocks without making the values.</summary>
    public static int EndOf(byte[] bytes, int start, int end)
    {
        var reader = new DeltaIntegers(bytes, start, end, 8);
        for (var skipped = 1L; skipped < reader.Count; skipped += reader.perMiniblock)
            reader.NextMiniblock();
        return reader.at;
    }

    void NextMiniblock()
    {
        if (++miniblock >= widths.Length)
        {
            least = ZigZag();
            for (var i = 0; i < widths.Length; i++)
                widths[i] = Byte();
            miniblock = 0;
        }
        // Only the miniblocks that hold values are there, but those in full.
        if (widths[miniblock] > 64)
            throw new InvalidDataException($"states differences of {widths[miniblock]} bits");
        inMiniblock = perMiniblock;
        bit = 8L * at;
        var length = perMiniblock / 8L * widths[miniblock];
        if (length > end - at)
            throw Early();
        at += (int)length;
    }

    long Unpack(int bits)
    {
        if (bits == 0)
            return 0;
        var first = (int)(bit >> 3);
        var shift = (int)(bit & 7);
        UInt128 window = 0;
        for (var i = 0; i <= (bits + shift - 1) >> 3; i++)
            window |= (UInt128)bytes[first + i] << (8 * i);
        bit += bits;
        var unpacked = (ulong)(window >> shift);
        return (long)(bits == 64 ? unpacked : unpacked & ((1UL << bits) - 1));
    }

    long ZigZag()
    {
        var number = Varint();
        return (long)(number >> 1) ^ -(long)(number & 1);
    }

    ulong Varint()
    {
        var number = 0UL;
        for (var shift = 0; shift < 70; shift += 7)
        {
            var part = Byte();
            number |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
                return number;
        }
        throw new InvalidDataException("a number has no end");
    }

    byte Byte() => at < end ? bytes[at++] : throw Early();
}
