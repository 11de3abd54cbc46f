namespace ReasonIR.Retrieval.Parquet.Metadata;

/// <summary>Reads the footer. Field numbers are those of parquet.thrift of apache/parquet-format.</summary>
static class MetadataReader
{
    /// <exception cref="EndOfStreamException">The footer ends within a value.</exception>
    /// <exception cref="InvalidDataException">It is no Parquet metadata.</exception>
    public static FileMetadata Read(ReadOnlySpan<byte> footer)
    {
        var reader = new ThriftReader(footer);
        List<SchemaElement>? schema = null;
        List<RowGroupMetadata>? groups = null;
        var (rows, createdBy, field) = (-1L, (string?)null, 0);
        while (reader.Next(ref field, out var type))
            switch (field)
            {
                case 2:
                    schema = [];
                    for (var left = reader.Structs(type); left > 0; left--)
                        schema.Add(SchemaReader.ReadElement(ref reader));
                    break;
                case 3:
                    rows = reader.Int64(type);
                    break;
                case 4:
                    groups = [];
                    for (var left = reader.Structs(type); left > 0; left--)
                        groups.Add(ReadRowGroup(ref reader));
                    break;
                case 6:
                    createdBy = reader.Text(type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        if (schema is null || groups is null)
            throw new InvalidDataException("the footer lacks its schema or its row groups");
        if (rows < 0 || groups.Any(group => group.Rows < 0) || groups.Sum(group => group.Rows) != rows)
            throw new InvalidDataException($"the footer states {rows} rows, its row groups {string.Join(" + ", groups.Take(5).Select(g => g.Rows))}{(groups.Count > 5 ? " …" : "")}");
        return new(schema, rows, groups, createdBy);
    }

    static RowGroupMetadata ReadRowGroup(ref ThriftReader reader)
    {
        var chunks = new List<ChunkMetadata>();
        var (rows, field) = (-1L, 0);
        while (reader.Next(ref field, out var type))
            switch (field)
            {
                case 1:
                    for (var left = reader.Structs(type); left > 0; left--)
                        chunks.Add(ReadChunk(ref reader));
                    break;
                case 3:
                    rows = reader.Int64(type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        return new(rows, chunks);
    }

    static ChunkMetadata ReadChunk(ref ThriftReader reader)
    {
        var chunk = new ChunkMetadata();
        var field = 0;
        while (reader.Next(ref field, out var type))
            switch (field)
            {
                case 1:
                    chunk = chunk with { File = reader.Text(type) };
                    break;
                case 3:
                    reader.ExpectStruct(type);
                    ReadColumn(ref reader, ref chunk);
                    break;
                case 8:
                    chunk = chunk with { Encrypted = true };
                    reader.Skip(type);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        return chunk;
    }

    static void ReadColumn(ref ThriftReader reader, ref ChunkMetadata chunk)
    {
        var field = 0;
        while (reader.Next(ref field, out var type))
            switch (field)
            {
                case 1:
                    chunk = chunk with { Type = (PhysicalType)reader.Int32(type) };
                    break;
                case 4:
                    chunk = chunk with { Codec = (Codec)reader.Int32(type) };
                    break;
                case 5:
                    chunk = chunk with { Values = reader.Int64(type) };
                    break;
                case 7:
                    chunk = chunk with { CompressedBytes = reader.Int64(type) };
                    break;
                case 9:
                    chunk = chunk with { DataOffset = reader.Int64(type) };
                    break;
                case 11:
                    chunk = chunk with { DictionaryOffset = reader.Int64(type) };
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
    }
}
