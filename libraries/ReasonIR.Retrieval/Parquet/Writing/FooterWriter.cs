using ReasonIR.Retrieval.Parquet.Metadata;

namespace ReasonIR.Retrieval.Parquet.Writing;

/// <summary>Writes the footer. Field numbers are those of parquet.thrift of apache/parquet-format.</summary>
static class FooterWriter
{
    // Converted and logical types; the latter are fields of a union.
    const int Utf8 = 0, ConvertedList = 3, LogicalText = 1, LogicalList = 3;

    public static ReadOnlyMemory<byte> Write(
        IReadOnlyList<ParquetField> fields, IReadOnlyList<WrittenGroup> groups, long rows, int version, ParquetCompression compression, string createdBy)
    {
        var codec = compression == ParquetCompression.Snappy ? Codec.Snappy : Codec.Uncompressed;
        return new ThriftWriter()
            .Integer(1, version)
            .Structs(2, [.. Schema(fields)], (writer, node) => node(writer))
            .Wide(3, rows)
            .Structs(4, groups, (writer, group) => Group(writer, fields, group, codec))
            .Text(6, createdBy)
            .Structs(7, fields, (writer, _) => writer.Struct(1, _ => { })) // orders of types, as they are defined
            .End().Written;
    }

    static IEnumerable<Action<ThriftWriter>> Schema(IReadOnlyList<ParquetField> fields)
    {
        yield return writer => writer.Integer(3, (int)Repetition.Required).Text(4, "schema").Integer(5, fields.Count);
        foreach (var field in fields)
        {
            var top = field.Optional ? Repetition.Optional : Repetition.Required;
            if (!field.IsList)
            {
                yield return writer => Leaf(writer, field.Name, field.Kind, top);
                continue;
            }
            yield return writer => writer.Integer(3, (int)top).Text(4, field.Name).Integer(5, 1).Integer(6, ConvertedList).Struct(10, logical => logical.Struct(LogicalList, _ => { }));
            yield return writer => writer.Integer(3, (int)Repetition.Repeated).Text(4, "list").Integer(5, 1);
            yield return writer => Leaf(writer, "element", field.Kind, Repetition.Optional);
        }
    }

    static void Leaf(ThriftWriter writer, string name, ParquetKind kind, Repetition repetition)
    {
        writer.Integer(1, (int)Physical(kind)).Integer(3, (int)repetition).Text(4, name);
        if (kind == ParquetKind.Text)
            writer.Integer(6, Utf8).Struct(10, logical => logical.Struct(LogicalText, _ => { }));
    }

    static void Group(ThriftWriter writer, IReadOnlyList<ParquetField> fields, WrittenGroup group, Codec codec) => writer
        .Structs(1, [.. group.Chunks.Zip(fields)], (w, pair) => Chunk(w, pair.Second, pair.First, codec))
        .Wide(2, group.Chunks.Sum(chunk => chunk.PlainBytes))
        .Wide(3, group.Rows)
        .Wide(5, group.Offset)
        .Wide(6, group.Chunks.Sum(chunk => chunk.StoredBytes));

    static void Chunk(ThriftWriter writer, ParquetField field, WrittenChunk chunk, Codec codec) => writer
        .Wide(2, 0) // deprecated, and required
        .Struct(3, meta => meta
            .Integer(1, (int)Physical(field.Kind))
            .Integers(2, (int)Encoding.Plain, (int)Encoding.RunLength)
            .Texts(3, field.IsList ? [field.Name, "list", "element"] : [field.Name])
            .Integer(4, (int)codec)
            .Wide(5, chunk.Values)
            .Wide(6, chunk.PlainBytes)
            .Wide(7, chunk.StoredBytes)
            .Wide(9, chunk.Offset)
            .Structs(13, new[] { chunk.Pages }, (stats, pages) => stats.Integer(1, (int)PageKind.Data).Integer(2, (int)Encoding.Plain).Integer(3, pages)));

    static PhysicalType Physical(ParquetKind kind) => kind switch
    {
        ParquetKind.Boolean => PhysicalType.Boolean,
        ParquetKind.Integer => PhysicalType.Int64,
        ParquetKind.Double => PhysicalType.Double,
        ParquetKind.Text => PhysicalType.ByteArray,
        _ => throw new ArgumentException($"columns of {kind} are not written; expected Boolean, Integer, Double or Text"),
    };
}
