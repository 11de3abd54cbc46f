namespace ReasonIR.Retrieval.Parquet;

/// <summary>A column to write: values, or lists of values.</summary>
/// <param name="Name">Not empty, unique in the file.</param>
/// <param name="Kind">Boolean, Integer (64 bits), Double or Text.</param>
/// <param name="IsList">Whether each row holds a list; its elements may be null.</param>
/// <param name="Optional">Whether a row's value, or its list, may be null.</param>
public sealed record ParquetField(string Name, ParquetKind Kind = ParquetKind.Text, bool IsList = false, bool Optional = true);

/// <summary>How pages are compressed when they are written.</summary>
public enum ParquetCompression
{
    None,
    Snappy,
}

/// <summary>How large the parts of a written file become.</summary>
/// <param name="PageBytes">A page ends once its values take so many bytes; a longer value has a page of its own.</param>
/// <param name="GroupBytes">A row group ends once its pages, as stored, take so many bytes: a group is what is held in memory.</param>
/// <param name="GroupRows">Rows of a group at most.</param>
public sealed record ParquetSizes(int PageBytes = 1 << 18, int GroupBytes = 1 << 23, int GroupRows = 100_000)
{
    public static ParquetSizes Default { get; } = new();
}
