using ReasonIR.Retrieval.Collections;
using ReasonIR.Retrieval.Parquet.Pages;

namespace ReasonIR.Retrieval.Parquet;

/// <summary>The current row of a file; the same object serves all rows, so take what you keep.</summary>
public sealed class ParquetRow
{
    readonly string file;
    internal ColumnCursor[] Cursors = [];

    internal ParquetRow(string file) => this.file = file;

    /// <summary>From 1, in the file.</summary>
    public long Number { get; internal set; }

    /// <summary>A value of the type that <see cref="ParquetKind"/> states, or null; for lists a list of such.</summary>
    /// <param name="column">Its place among the columns that are read.</param>
    public object? Value(int column)
    {
        var cursor = Cursors[column];
        if (cursor.IsNull)
            return null;
        return cursor.Column.IsList ? cursor.Items : Guard(cursor, () => ParquetValues.Read(cursor.Column, cursor.Value.Span));
    }

    /// <summary>A text, or null.</summary>
    /// <inheritdoc cref="Value"/>
    /// <exception cref="CollectionFormatException">The column holds no texts, or this one is not valid UTF-8.</exception>
    public string? Text(int column)
    {
        var cursor = Cursors[column];
        if (cursor.Column.IsList || cursor.Column.Kind is not (ParquetKind.Text or ParquetKind.Bytes or ParquetKind.Null))
            throw Wrong(column, $"expected texts, found {(cursor.Column.IsList ? "lists of " : "")}{cursor.Column.Kind}");
        return cursor.IsNull ? null : Guard(cursor, () => ParquetValues.Text(cursor.Value.Span));
    }

    /// <summary>An error that names the file, this row and a column.</summary>
    public CollectionFormatException Wrong(int column, string problem, Exception? inner = null) =>
        new(file, 0, Cursors[column].Column.Name, $"row {Number}: {problem}.", inner);

    T Guard<T>(ColumnCursor cursor, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (InvalidDataException e)
        {
            throw Wrong(Array.IndexOf(Cursors, cursor), e.Message, e);
        }
    }
}
