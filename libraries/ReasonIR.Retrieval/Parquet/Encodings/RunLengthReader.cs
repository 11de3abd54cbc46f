namespace ReasonIR.Retrieval.Parquet.Encodings;

/// <summary>
/// The hybrid of runs and bit-packed groups of eight in which levels, dictionary indexes and some booleans are written. A run is
/// counted down, never spread out.
/// </summary>
sealed class RunLengthReader
{
    readonly byte[] bytes;
    readonly int end, width;
    int at;

    // What is left of the current run: a repeated value, or packed ones from a bit on.
    uint repeats, packed;
    int value;
    long bit;

    /// <param name="width">Bits of a value, 0 to 32.</param>
    /// <exception cref="InvalidDataException">The width is none.</exception>
    public RunLengthReader(byte[] bytes, int start, int end, int width)
    {
        if (width is < 0 or > 32)
            throw new InvalidDataException($"states values of {width} bits");
        (this.bytes, at, this.end, this.width) = (bytes, start, end, width);
    }

    /// <exception cref="InvalidDataException">There are no more.</exception>
    public int Next()
    {
        while (true)
        {
            if (repeats > 0)
            {
                repeats--;
                return value;
            }
            if (packed > 0)
            {
                packed--;
                return Unpack();
            }
            ReadRun();
        }
    }

    void ReadRun()
    {
        var head = Varint();
        if ((head & 1) == 0)
        {
            repeats = head >> 1;
            value = 0;
            for (var i = 0; i < (width + 7) / 8; i++)
                value |= Byte() << (8 * i);
            return;
        }
        // The last group may be cut off after its last value: what is read is checked, not what is announced.
        packed = checked((head >> 1) * 8);
        bit = 8L * at;
        at = (int)Math.Min(end, at + (long)packed / 8 * width);
    }

    int Unpack()
    {
        if (bit + width > 8L * end)
            throw Early();
        var window = 0UL;
        var first = (int)(bit >> 3);
        for (var i = 0; i <= (width + (int)(bit & 7) - 1) >> 3; i++)
            window |= (ulong)bytes[first + i] << (8 * i);
        var unpacked = (int)((window >> (int)(bit & 7)) & ((1UL << width) - 1));
        bit += width;
        return unpacked;
    }

    uint Varint()
    {
        var number = 0U;
        for (var shift = 0; shift < 35; shift += 7)
        {
            var part = Byte();
            number |= (uint)(part & 0x7F) << shift;
            if (part < 0x80)
                return number;
        }
        throw new InvalidDataException("a run's length has no end");
    }

    byte Byte() => at < end ? bytes[at++] : throw Early();

    static InvalidDataException Early() => new("has fewer levels or indexes than it states");
}
