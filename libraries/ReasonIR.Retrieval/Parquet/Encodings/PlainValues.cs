using System.Buffers.Binary;

namespace ReasonIR.Retrieval.Parquet.Encodings;

/// <summary>Values of a fixed width one after the other.</summary>
sealed class PlainFixed(byte[] bytes, int start, int end, int width) : ValueReader
{
    int at = start;

    public override ReadOnlyMemory<byte> Next()
    {
        if (width > end - at)
            throw Early();
        at += width;
        return bytes.AsMemory(at - width, width);
    }
}

/// <summary>Byte arrays, each after its length in four bytes.</summary>
sealed class PlainByteArrays(byte[] bytes, int start, int end) : ValueReader
{
    int at = start;

    public override ReadOnlyMemory<byte> Next()
    {
        if (end - at < 4)
            throw Early();
        var length = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at));
        at += 4;
        if (length > (uint)(end - at))
            throw new InvalidDataException($"a value states {length} bytes, {end - at} follow");
        at += (int)length;
        return bytes.AsMemory(at - (int)length, (int)length);
    }
}

/// <summary>Booleans, a bit each.</summary>
sealed class PackedBooleans(byte[] bytes, int start, int end) : ValueReader
{
    readonly byte[] value = new byte[1];
    long bit = 8L * start;

    public override ReadOnlyMemory<byte> Next()
    {
        if (bit >= 8L * end)
            throw Early();
        value[0] = (byte)((bytes[bit >> 3] >> (int)(bit & 7)) & 1);
        bit++;
        return value;
    }
}

/// <summary>Booleans as runs, after their length in four bytes.</summary>
sealed class RunLengthBooleans : ValueReader
{
    readonly byte[] value = new byte[1];
    readonly RunLengthReader runs;

    public RunLengthBooleans(byte[] bytes, int start, int end)
    {
        if (end - start < 4 || BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(start)) is var length && length > (uint)(end - start - 4))
            throw Early();
        runs = new(bytes, start + 4, start + 4 + (int)length, 1);
    }

    public override ReadOnlyMemory<byte> Next()
    {
        value[0] = (byte)runs.Next();
        return value;
    }
}

/// <summary>Values of a fixed width whose first bytes stand together, then their second bytes, and so on.</summary>
sealed class SplitStreams : ValueReader
{
    readonly byte[] bytes, value;
    readonly int start, count;
    int at;

    public SplitStreams(byte[] bytes, int start, int end, int width)
    {
        if ((end - start) % width != 0)
            throw new InvalidDataException($"has {end - start} bytes for values of {width}");
        (this.bytes, this.start, count, value) = (bytes, start, (end - start) / width, new byte[width]);
    }

    public override ReadOnlyMemory<byte> Next()
    {
        if (at == count)
            throw Early();
        for (var i = 0; i < value.Length; i++)
            value[i] = bytes[start + i * count + at];
        at++;
        return value;
    }
}
