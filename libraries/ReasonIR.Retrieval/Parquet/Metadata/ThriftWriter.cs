using System.Buffers;

namespace ReasonIR.Retrieval.Parquet.Metadata;

/// <summary>Writes Thrift's compact protocol, the counterpart of <see cref="ThriftReader"/>. Fields of a struct come in the order of their numbers.</summary>
sealed class ThriftWriter
{
    readonly ArrayBufferWriter<byte> bytes = new();
    readonly Stack<int> outer = new();
    int last;

    public ReadOnlyMemory<byte> Written => bytes.WrittenMemory;

    /// <summary>A number of 32 bits.</summary>
    public ThriftWriter Integer(int field, long value) => Field(field, ThriftType.Int32).ZigZag(value);

    /// <summary>A number of 64 bits.</summary>
    public ThriftWriter Wide(int field, long value) => Field(field, ThriftType.Int64).ZigZag(value);

    public ThriftWriter Text(int field, string value) => Field(field, ThriftType.Binary).Bytes(value);

    public ThriftWriter Integers(int field, params ReadOnlySpan<int> values)
    {
        ListHead(field, ThriftType.Int32, values.Length);
        foreach (var value in values)
            ZigZag(value);
        return this;
    }

    public ThriftWriter Texts(int field, IReadOnlyList<string> values)
    {
        ListHead(field, ThriftType.Binary, values.Count);
        foreach (var value in values)
            Bytes(value);
        return this;
    }

    public ThriftWriter Struct(int field, Action<ThriftWriter> write) => Field(field, ThriftType.Struct).Body(write);

    public ThriftWriter Structs<T>(int field, IReadOnlyList<T> items, Action<ThriftWriter, T> write)
    {
        ListHead(field, ThriftType.Struct, items.Count);
        foreach (var item in items)
            Body(writer => write(writer, item));
        return this;
    }

    /// <summary>Ends the outermost struct.</summary>
    public ThriftWriter End() => Byte((byte)ThriftType.Stop);

    ThriftWriter Body(Action<ThriftWriter> write)
    {
        outer.Push(last);
        last = 0;
        write(this);
        End();
        last = outer.Pop();
        return this;
    }

    void ListHead(int field, ThriftType element, int count)
    {
        Field(field, ThriftType.List);
        if (count < 15)
            Byte((byte)(count << 4 | (int)element));
        else
            Byte((byte)(0xF0 | (int)element)).Varint((ulong)count);
    }

    ThriftWriter Field(int field, ThriftType type)
    {
        // Numbers more than 15 after the one before would need a longer form, which no field of Parquet does.
        if (field - last is <= 0 or > 15)
            throw new InvalidOperationException($"field {field} after field {last}");
        Byte((byte)((field - last) << 4 | (int)type));
        last = field;
        return this;
    }

    ThriftWriter Bytes(string value)
    {
        Varint((ulong)System.Text.Encoding.UTF8.GetByteCount(value));
        System.Text.EncodingExtensions.GetBytes(System.Text.Encoding.UTF8, value, bytes);
        return this;
    }

    ThriftWriter ZigZag(long value) => Varint((ulong)(value << 1) ^ (ulong)(value >> 63));

    ThriftWriter Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            Byte((byte)(value | 0x80));
        return Byte((byte)value);
    }

    ThriftWriter Byte(byte value)
    {
        bytes.GetSpan(1)[0] = value;
        bytes.Advance(1);
        return this;
    }
}
