namespace ReasonIR.Retrieval.Parquet.Metadata;

/// <summary>The types of Thrift's compact protocol.</summary>
enum ThriftType : byte { Stop, True, False, Byte, Int16, Int32, Int64, Double, Binary, List, Set, Map, Struct }

/// <summary>
/// Reads Thrift's compact protocol, which Parquet's metadata is written in. Nothing is allocated because a number claims it: a list
/// of n elements needs n bytes that are there, a string its own. Unknown fields are skipped, to a bounded depth.
/// </summary>
/// <exception cref="EndOfStreamException">The bytes end within a value.</exception>
/// <exception cref="InvalidDataException">The bytes are no such structure.</exception>
ref struct ThriftReader(ReadOnlySpan<byte> bytes)
{
    const int DeepestUnknown = 24;

    readonly ReadOnlySpan<byte> bytes = bytes;

    public int Position { get; private set; }

    /// <summary>Steps to the next field of a struct; false at its end.</summary>
    /// <param name="field">The number of the field before, 0 at the start; becomes this field's.</param>
    /// <param name="type">Its type.</param>
    public bool Next(ref int field, out ThriftType type)
    {
        var head = Byte();
        type = (ThriftType)(head & 0x0F);
        if (type == ThriftType.Stop)
            return false;
        if (type > ThriftType.Struct)
            throw new InvalidDataException($"a field has the unknown Thrift type {(int)type}");
        field = head >> 4 is var delta && delta != 0 ? field + delta : (short)ZigZag();
        return true;
    }

    public int Int32(ThriftType type) => Integer(type) is >= int.MinValue and <= int.MaxValue and var value ? (int)value
        : throw new InvalidDataException("a 32-bit number is too large");

    public long Int64(ThriftType type) => Integer(type);

    public bool Boolean(ThriftType type) => type switch
    {
        ThriftType.True => true,
        ThriftType.False => false,
        _ => throw Unexpected(type, "a boolean"),
    };

    public string Text(ThriftType type)
    {
        var length = type == ThriftType.Binary ? Count() : throw Unexpected(type, "a string");
        var text = System.Text.Encoding.UTF8.GetString(bytes.Slice(Position, length));
        Position += length;
        return text;
    }

    /// <summary>The head of a list: how many elements follow, each of which takes a byte at least.</summary>
    public int List(ThriftType type, out ThriftType element)
    {
        if (type is not (ThriftType.List or ThriftType.Set))
            throw Unexpected(type, "a list");
        var head = Byte();
        element = (ThriftType)(head & 0x0F);
        if (head >> 4 != 15)
            return head >> 4;
        return Count();
    }

    /// <summary>The head of a list of structs.</summary>
    public int Structs(ThriftType type)
    {
        var count = List(type, out var element);
        return count == 0 || element == ThriftType.Struct ? count : throw Unexpected(element, "structs");
    }

    public void ExpectStruct(ThriftType type)
    {
        if (type != ThriftType.Struct)
            throw Unexpected(type, "a struct");
    }

    public void Skip(ThriftType type, int depth = 0)
    {
        if (depth > DeepestUnknown)
            throw new InvalidDataException("unknown fields are nested too deeply");
        switch (type)
        {
            case ThriftType.True or ThriftType.False:
                break;
            case ThriftType.Byte:
                Byte();
                break;
            case ThriftType.Int16 or ThriftType.Int32 or ThriftType.Int64:
                Varint();
                break;
            case ThriftType.Double:
                Take(8);
                break;
            case ThriftType.Binary:
                Take(Count());
                break;
            case ThriftType.List or ThriftType.Set:
                for (var left = List(type, out var element); left > 0; left--)
                    SkipElement(element, depth + 1);
                break;
            case ThriftType.Map:
                SkipMap(depth + 1);
                break;
            case ThriftType.Struct:
                var field = 0;
                while (Next(ref field, out var inner))
                    Skip(inner, depth + 1);
                break;
            default:
                throw new InvalidDataException($"the unknown Thrift type {(int)type}");
        }
    }

    // Booleans take no byte as fields (the type says the value), but one as elements.
    void SkipElement(ThriftType type, int depth)
    {
        if (type is ThriftType.True or ThriftType.False)
            Byte();
        else
            Skip(type, depth);
    }

    void SkipMap(int depth)
    {
        var count = Count();
        if (count == 0)
            return;
        var types = Byte();
        for (; count > 0; count--)
        {
            SkipElement((ThriftType)(types >> 4), depth);
            SkipElement((ThriftType)(types & 0x0F), depth);
        }
    }

    long Integer(ThriftType type) => type switch
    {
        ThriftType.Byte => (sbyte)Byte(),
        ThriftType.Int16 or ThriftType.Int32 or ThriftType.Int64 => ZigZag(),
        _ => throw Unexpected(type, "an integer"),
    };

    int Count() => Varint() is var count && count <= (ulong)(bytes.Length - Position) ? (int)count
        : throw new EndOfStreamException($"{count} bytes or elements are announced, {bytes.Length - Position} bytes follow");

    long ZigZag()
    {
        var value = Varint();
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    ulong Varint()
    {
        var value = 0UL;
        for (var shift = 0; shift < 64; shift += 7)
        {
            var part = Byte();
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
                return value;
        }
        throw new InvalidDataException("a number has no end");
    }

    byte Byte() => Position < bytes.Length ? bytes[Position++] : throw new EndOfStreamException("the metadata end within a value");

    void Take(int count) => Position = count <= bytes.Length - Position ? Position + count
        : throw new EndOfStreamException("the metadata end within a value");

    static InvalidDataException Unexpected(ThriftType type, string expected) => new($"expected {expected}, found Thrift's {type}");
}
