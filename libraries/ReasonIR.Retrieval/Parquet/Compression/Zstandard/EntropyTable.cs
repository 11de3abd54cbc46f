using System.Numerics;

namespace ReasonIR.Retrieval.Parquet.Compression.Zstandard;

/// <summary>A table of finite state entropy (RFC 8878, 4.1): a state stands for a symbol, and bits lead to the next state.</summary>
sealed class EntropyTable
{
    const int LeastLog = 5;

    readonly Entry[] entries;

    EntropyTable(int log, Entry[] entries) => (Log, this.entries) = (log, entries);

    /// <summary>Bits of a state.</summary>
    public int Log { get; }

    public Entry this[int state] => entries[state];

    /// <summary>A table of one symbol, which takes no bits.</summary>
    public static EntropyTable Single(byte symbol) => new(0, [new(symbol, 0, 0)]);

    /// <param name="counts">A symbol's share of the states; -1: less than one.</param>
    public static EntropyTable FromCounts(ReadOnlySpan<short> counts, int log)
    {
        var size = 1 << log;
        var symbols = new byte[size];
        Span<ushort> next = stackalloc ushort[counts.Length];
        var high = size - 1;
        for (var symbol = 0; symbol < counts.Length; symbol++)
            if (counts[symbol] == -1)
            {
                symbols[high--] = (byte)symbol;
                next[symbol] = 1;
            }
            else
                next[symbol] = (ushort)counts[symbol];
        var (step, mask, at) = ((size >> 1) + (size >> 3) + 3, size - 1, 0);
        for (var symbol = 0; symbol < counts.Length; symbol++)
            for (var i = 0; i < counts[symbol]; i++)
            {
                symbols[at] = (byte)symbol;
                do
                    at = (at + step) & mask;
                while (at > high);
            }
        var entries = new Entry[size];
        for (var state = 0; state < size; state++)
        {
            var place = next[symbols[state]]++;
            var bits = log - BitOperations.Log2(place);
            entries[state] = new(symbols[state], (byte)bits, (ushort)((place << bits) - size));
        }
        return new(log, entries);
    }

    /// <summary>Reads a table's description.</summary>
    /// <param name="bytes">Begins with it; steps over it.</param>
    public static EntropyTable Read(ref ReadOnlySpan<byte> bytes, int largestLog, int largestSymbol)
    {
        var bit = 0;
        var log = Peek(bytes, bit, 4) + LeastLog;
        bit += 4;
        if (log > largestLog)
            throw new InvalidDataException("broken zstd: an entropy table is too large");
        Span<short> counts = stackalloc short[largestSymbol + 1];
        var (left, threshold, width, symbol) = ((1 << log) + 1, 1 << log, log + 1, 0);
        while (left > 1)
        {
            if (symbol > largestSymbol)
                throw new InvalidDataException("broken zstd: an entropy table has too many symbols");
            // The value takes one bit less where it is small.
            var most = 2 * threshold - 1 - left;
            var count = Peek(bytes, bit, width - 1);
            if (count < most)
                bit += width - 1;
            else
            {
                count = Peek(bytes, bit, width);
                if (count >= threshold)
                    count -= most;
                bit += width;
            }
            count--;
            left -= Math.Abs(count);
            counts[symbol++] = (short)count;
            if (left < 1)
                throw new InvalidDataException("broken zstd: an entropy table does not add up");
            if (count == 0)
                symbol = SkipZeros(bytes, ref bit, symbol);
            while (left < threshold)
                (width, threshold) = (width - 1, threshold >> 1);
        }
        if (left != 1 || (bit + 7) >> 3 > bytes.Length || symbol > largestSymbol + 1)
            throw new InvalidDataException("broken zstd: an entropy table does not add up");
        bytes = bytes[((bit + 7) >> 3)..];
        return FromCounts(counts[..symbol], log);
    }

    static int SkipZeros(ReadOnlySpan<byte> bytes, ref int bit, int symbol)
    {
        while (true)
        {
            if (bit >> 3 >= bytes.Length)
                throw new InvalidDataException("broken zstd: ends within an entropy table");
            var zeros = Peek(bytes, bit, 2);
            bit += 2;
            symbol += zeros;
            if (zeros < 3)
                return symbol;
        }
    }

    static int Peek(ReadOnlySpan<byte> bytes, int bit, int count)
    {
        var window = 0U;
        for (var i = 0; i < 4 && (bit >> 3) + i < bytes.Length; i++)
            window |= (uint)bytes[(bit >> 3) + i] << (8 * i);
        return (int)(window >> (bit & 7)) & ((1 << count) - 1);
    }

    /// <param name="Symbol">What the state stands for.</param>
    /// <param name="Bits">How many bits lead on.</param>
    /// <param name="Base">What they are added to.</param>
    public readonly record struct Entry(byte Symbol, byte Bits, ushort Base);
}
