using System.Buffers.Binary;
using System.Numerics;

namespace ReasonIR.Retrieval.Parquet.Compression.Zstandard;

/// <summary>
/// Bits read from the end of a stream to its beginning; its last byte's highest set bit marks the end. Bits before the beginning
/// read as zero: callers look at <see cref="Left"/>.
/// </summary>
ref struct BackwardBits
{
    readonly ReadOnlySpan<byte> bytes;

    public BackwardBits(ReadOnlySpan<byte> stream)
    {
        if (stream.IsEmpty || stream[^1] == 0)
            throw new InvalidDataException("broken zstd: a bit stream has no end mark");
        bytes = stream;
        Left = 8 * (stream.Length - 1) + BitOperations.Log2(stream[^1]);
    }

    /// <summary>Bits that were not read yet; negative where more were read than there are.</summary>
    public int Left { get; private set; }

    /// <summary>The next bits, at most 56, without taking them.</summary>
    public readonly ulong Peek(int count)
    {
        var start = Left - count;
        if (start < 0)
            return Left <= 0 ? 0 : Window(0, Left) << -start;
        return Window(start, count);
    }

    public void Skip(int count) => Left -= count;

    public ulong Read(int count)
    {
        var value = Peek(count);
        Left -= count;
        return value;
    }

    readonly ulong Window(int start, int count)
    {
        var rest = bytes[(start >> 3)..];
        ulong window;
        if (rest.Length >= 8)
            window = BinaryPrimitives.ReadUInt64LittleEndian(rest);
        else
        {
            window = 0;
            for (var i = 0; i < rest.Length; i++)
                window |= (ulong)rest[i] << (8 * i);
        }
        return (window >> (start & 7)) & ((1UL << count) - 1);
    }
}
