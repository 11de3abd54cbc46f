using ReasonIR.Retrieval.Parquet.Metadata;

namespace ReasonIR.Retrieval.Parquet;

/// <summary>What a column's values are read as.</summary>
public enum ParquetKind
{
    /// <summary><see cref="bool"/>.</summary>
    Boolean,

    /// <summary><see cref="long"/>, whatever the stored width.</summary>
    Integer,

    /// <summary><see cref="ulong"/>.</summary>
    UnsignedInteger,

    /// <summary><see cref="float"/>.</summary>
    Single,

    /// <summary><see cref="double"/>.</summary>
    Double,

    /// <summary><see cref="string"/>, stored as UTF-8.</summary>
    Text,

    /// <summary><see cref="byte"/>[].</summary>
    Bytes,

    /// <summary><see cref="DateOnly"/>.</summary>
    Date,

    /// <summary><see cref="DateTime"/>, of kind UTC where the file says so; to 100 ns.</summary>
    Timestamp,

    /// <summary>Nothing but nulls.</summary>
    Null,
}

/// <summary>A column of a file: values, or lists of values. Structs, maps and lists of lists are there but cannot be read.</summary>
/// <param name="Name">As it is written; may be empty, need not be unique.</param>
/// <param name="Kind">What its values, or the elements of its lists, are.</param>
/// <param name="IsList">Whether each row holds a list.</param>
/// <param name="Problem">Why it cannot be read, or null.</param>
public sealed record ParquetColumn(string Name, ParquetKind Kind, bool IsList, string? Problem)
{
    /// <summary>The place of the (first) leaf among the chunks of a row group.</summary>
    internal int Leaf { get; init; }

    internal SchemaElement Element { get; init; }

    /// <summary>The definition level of a value that is there.</summary>
    internal int DefinitionLevels { get; init; }

    /// <summary>1 in lists, else 0.</summary>
    internal int RepetitionLevels { get; init; }

    /// <summary>The definition level from which a list has an element: one less is an empty list, two less a null one.</summary>
    internal int ElementLevel { get; init; }
}
