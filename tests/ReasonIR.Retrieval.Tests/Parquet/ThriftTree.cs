using ReasonIR.Retrieval.Parquet.Metadata;

namespace ReasonIR.Retrieval.Tests.Parquet;

/// <summary>A struct of Thrift as it is stored: fields by number, whatever they mean. Apart from the reader and the writer under test.</summary>
static class ThriftTree
{
    /// <summary>The footer of a Parquet file: of its last 8 bytes the first four are its length.</summary>
    public static Dictionary<int, object> Footer(byte[] file)
    {
        var length = BitConverter.ToInt32(file, file.Length - 8);
        var at = file.Length - 8 - length;
        return Struct(file, ref at);
    }

    public static Dictionary<int, object> Struct(byte[] bytes, ref int at)
    {
        var (fields, number) = (new Dictionary<int, object>(), 0);
        while (bytes[at] != 0)
        {
            var head = bytes[at++];
            number = head >> 4 != 0 ? number + (head >> 4) : (int)ZigZag(bytes, ref at);
            fields[number] = Value((ThriftType)(head & 15), bytes, ref at);
        }
        at++;
        return fields;
    }

    static object Value(ThriftType type, byte[] bytes, ref int at)
    {
        switch (type)
        {
            case ThriftType.True or ThriftType.False:
                return type == ThriftType.True;
            case ThriftType.Int16 or ThriftType.Int32 or ThriftType.Int64:
                return ZigZag(bytes, ref at);
            case ThriftType.Binary:
                var length = (int)Varint(bytes, ref at);
                at += length;
                return System.Text.Encoding.UTF8.GetString(bytes, at - length, length);
            case ThriftType.List:
                var head = bytes[at++];
                var count = head >> 4 == 15 ? (int)Varint(bytes, ref at) : head >> 4;
                var items = new List<object>();
                for (var i = 0; i < count; i++)
                    items.Add(Value((ThriftType)(head & 15), bytes, ref at));
                return items;
            case ThriftType.Struct:
                return Struct(bytes, ref at);
            default:
                throw new InvalidDataException($"Thrift type {type} at {at}");
        }
    }

    static long ZigZag(byte[] bytes, ref int at)
    {
        var value = Varint(bytes, ref at);
        return (long)(value >> 1) ^ -(long)(value & 1);
    }

    static ulong Varint(byte[] bytes, ref int at)
    {
        var (value, shift) = (0UL, 0);
        byte part;
        do
        {
            part = bytes[at++];
            value |= (ulong)(part & 127) << shift;
            shift += 7;
        }
        while (part >= 128);
        return value;
    }

    /// <summary>A tree as text, so that two can be compared: <c>{1:6 3:1 4:"id"}</c>.</summary>
    public static string Show(object value) => value switch
    {
        Dictionary<int, object> fields => $"{{{string.Join(' ', fields.Select(field => $"{field.Key}:{Show(field.Value)}"))}}}",
        List<object> items => $"[{string.Join(' ', items.Select(Show))}]",
        string text => $"\"{text}\"",
        _ => $"{value}",
    };
}
