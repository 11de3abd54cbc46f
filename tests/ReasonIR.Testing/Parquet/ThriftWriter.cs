namespace ReasonIR.Testing.Parquet;

/// <summary>Thrift's compact protocol, as far as <see cref="ParquetWriter"/> needs it.</summary>
sealed class ThriftWriter
{
    readonly MemoryStream bytes = new();
    readonly Stack<int> outer = new();
    int last;

    public byte[] ToArray() => bytes.ToArray();

    public ThriftWriter Integer(int field, long value, bool wide = false)
    {
        Field(field, wide ? 6 : 5);
        return Varint(((ulong)value << 1) ^ (ulong)(value >> 63));
    }

    public ThriftWriter Text(int field, string value)
    {
        Field(field, 8);
        return Bytes(value);
    }

    /// <summary>A list of structs; each is written by <paramref name="write"/>.</summary>
    public ThriftWriter Structs<T>(int field, IReadOnlyCollection<T> items, Action<ThriftWriter, T> write)
    {
        ListHead(field, 12, items.Count);
        foreach (var item in items)
            Body(() => write(this, item));
        return this;
    }

    public ThriftWriter Integers(int field, params int[] values)
    {
        ListHead(field, 5, values.Length);
        foreach (var value in values)
            Varint((uint)((value << 1) ^ (value >> 31)));
        return this;
    }

    public ThriftWriter Texts(int field, IReadOnlyCollection<string> values)
    {
        ListHead(field, 8, values.Count);
        foreach (var value in values)
            Bytes(value);
        return this;
    }

    public ThriftWriter Struct(int field, Action<ThriftWriter> write)
    {
        Field(field, 12);
        Body(() => write(this));
        return this;
    }

    public ThriftWriter End()
    {
        bytes.WriteByte(0);
        return this;
    }

    void Body(Action write)
    {
        outer.Push(last);
        last = 0;
        write();
        End();
        last = outer.Pop();
    }

    void ListHead(int field, int element, int count)
    {
        Field(field, 9);
        if (count < 15)
            bytes.WriteByte((byte)((count << 4) | element));
        else
        {
            bytes.WriteByte((byte)(0xF0 | element));
            Varint((ulong)count);
        }
    }

    void Field(int field, int type)
    {
        bytes.WriteByte((byte)(((field - last) << 4) | type));
        last = field;
    }

    ThriftWriter Bytes(string value)
    {
        var utf8 = System.Text.Encoding.UTF8.GetBytes(value);
        Varint((ulong)utf8.Length);
        bytes.Write(utf8);
        return this;
    }

    ThriftWriter Varint(ulong value)
    {
        for (; value >= 0x80; value >>= 7)
            bytes.WriteByte((byte)(value | 0x80));
        bytes.WriteByte((byte)value);
        return this;
    }
}
