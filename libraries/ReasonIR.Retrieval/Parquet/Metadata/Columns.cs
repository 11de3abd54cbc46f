namespace ReasonIR.Retrieval.Parquet.Metadata;

/// <summary>
/// Makes columns of the schema's tree. Lists are told by their structure (one repeated node, one leaf), not by the names of the
/// inner nodes, which differ between writers.
/// </summary>
static class Columns
{
    const int DeepestNode = 16;

    /// <exception cref="InvalidDataException">The elements make no tree.</exception>
    public static (IReadOnlyList<ParquetColumn> Columns, int Leaves) Of(IReadOnlyList<SchemaElement> schema)
    {
        if (schema.Count == 0)
            throw new InvalidDataException("the schema is empty");
        var columns = new List<ParquetColumn>();
        var (at, leaves) = (1, 0);
        for (var child = 0; child < schema[0].Children; child++)
            columns.Add(Read(schema, ref at, ref leaves));
        return at == schema.Count ? (columns, leaves) : throw new InvalidDataException($"the schema has {schema.Count} nodes, its tree {at}");
    }

    static ParquetColumn Read(IReadOnlyList<SchemaElement> schema, ref int at, ref int leaves)
    {
        var (top, path, firstLeaf) = (at, new List<SchemaElement>(), leaves);
        var single = true;
        Walk(schema, ref at, ref leaves, path, ref single, 0);
        var name = schema[top].Name;
        if (!single)
            return new(name, ParquetKind.Null, false, "is a struct or map, which this reader does not take") { Leaf = firstLeaf };
        var leaf = path[^1];
        var definitions = path.Count(node => node.Repetition != Repetition.Required);
        var repeated = path.FindIndex(node => node.Repetition == Repetition.Repeated);
        // A group of one child is a list where that is repeated, and a struct otherwise.
        var problem = path.Count(node => node.Repetition == Repetition.Repeated) > 1 ? "holds lists of lists, which this reader does not take"
            : repeated < 0 && path.Count > 1 ? "is a struct, which this reader does not take"
            : repeated >= 0 && (repeated > 1 || path.Count > repeated + 2) ? "holds a list of structs, which this reader does not take"
            : null;
        var kind = KindOf(leaf, ref problem);
        return new(name, kind, repeated >= 0, problem)
        {
            Leaf = firstLeaf,
            Element = leaf,
            DefinitionLevels = definitions,
            RepetitionLevels = repeated >= 0 ? 1 : 0,
            ElementLevel = path.Take(repeated + 1).Count(node => node.Repetition != Repetition.Required),
        };
    }

    static void Walk(IReadOnlyList<SchemaElement> schema, ref int at, ref int leaves, List<SchemaElement> path, ref bool single, int depth)
    {
        if (at >= schema.Count)
            throw new InvalidDataException("the schema's tree has fewer nodes than it announces");
        if (depth > DeepestNode)
            throw new InvalidDataException($"the schema is nested deeper than {DeepestNode} nodes");
        var node = schema[at++];
        path.Add(node);
        if (node.Children == 0)
            leaves++;
        single &= node.Children <= 1;
        for (var child = 0; child < node.Children; child++)
            Walk(schema, ref at, ref leaves, path, ref single, depth + 1);
    }

    static ParquetKind KindOf(SchemaElement leaf, ref string? problem)
    {
        if (leaf.Type is null)
        {
            problem ??= "has no type";
            return ParquetKind.Null;
        }
        if (leaf.Annotation is Annotation.Decimal or Annotation.TimeOfDay)
            problem ??= $"holds values of the kind {leaf.Annotation}, which this reader does not take";
        if (leaf.Type == PhysicalType.FixedLengthByteArray && leaf.TypeLength is < 1 or > 1 << 20)
            problem ??= $"states values of {leaf.TypeLength} bytes";
        return (leaf.Type, leaf.Annotation) switch
        {
            (_, Annotation.Null) => ParquetKind.Null,
            (PhysicalType.Boolean, _) => ParquetKind.Boolean,
            (PhysicalType.Int32, Annotation.Date) => ParquetKind.Date,
            (PhysicalType.Int64, >= Annotation.TimestampMillis and <= Annotation.UtcTimestampNanos) or (PhysicalType.Int96, _) => ParquetKind.Timestamp,
            (PhysicalType.Int32 or PhysicalType.Int64, Annotation.Unsigned) => ParquetKind.UnsignedInteger,
            (PhysicalType.Int32 or PhysicalType.Int64, _) => ParquetKind.Integer,
            (PhysicalType.Float, _) => ParquetKind.Single,
            (PhysicalType.Double, _) => ParquetKind.Double,
            (PhysicalType.ByteArray, Annotation.Text) => ParquetKind.Text,
            _ => ParquetKind.Bytes,
        };
    }
}
