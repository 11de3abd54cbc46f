using System.Buffers.Binary;
using ReasonIR.Retrieval.Parquet.Metadata;
using ReasonIR.Retrieval.Parquet.Writing;

namespace ReasonIR.Retrieval.Parquet;

/// <summary>
/// Writes Apache Parquet as pyarrow reads it: plain values in pages of version 1 with checksums, compressed by snappy or not at all,
/// with logical and converted types. Holds one row group in memory, whatever the file's size. Not thread-safe.
/// </summary>
/// <remarks>A file is whole only after <see cref="Complete"/>: what was left before has no footer and no reader takes it.</remarks>
public sealed class ParquetFileWriter
{
    const int MostFields = 10_000;
    const int FormatVersion = 2;

    readonly Stream stream;
    readonly IReadOnlyList<ParquetField> fields;
    readonly ParquetCompression compression;
    readonly ParquetSizes sizes;
    readonly ColumnWriter[] columns;
    readonly List<WrittenGroup> groups = [];
    long position;
    int groupRows;
    bool complete;

    /// <param name="stream">Stays open; need not seek.</param>
    /// <exception cref="ArgumentException">Fields that no file can have.</exception>
    public ParquetFileWriter(Stream stream, IReadOnlyList<ParquetField> fields, ParquetCompression compression = ParquetCompression.Snappy, ParquetSizes? sizes = null)
    {
        if (fields.Count is 0 or > MostFields)
            throw new ArgumentException($"expected 1 to {MostFields} columns, found {fields.Count}");
        if (fields.FirstOrDefault(field => field.Name.Length == 0) is not null)
            throw new ArgumentException("expected a name for each column, found an empty one");
        if (fields.GroupBy(field => field.Name, StringComparer.Ordinal).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new ArgumentException($"the column {twice.Key} is there twice");
        (this.stream, this.fields, this.compression, this.sizes) = (stream, fields, compression, sizes ?? ParquetSizes.Default);
        columns = [.. fields.Select(field => new ColumnWriter(field, compression, this.sizes.PageBytes))];
        stream.Write("PAR1"u8);
        position = 4;
    }

    /// <summary>Rows so far.</summary>
    public long Rows { get; private set; }

    /// <summary>Adds a row. A row that is refused may be there in part: give the file up.</summary>
    /// <param name="values">One a field: bool, long, double or string as its kind says, null, or of lists an <c>IReadOnlyList</c> of such.</param>
    /// <exception cref="ArgumentException">A value does not fit its column; the message names both.</exception>
    public void Write(params ReadOnlySpan<object?> values)
    {
        if (complete)
            throw new InvalidOperationException("the file is complete");
        if (values.Length != columns.Length)
            throw new ArgumentException($"row {Rows + 1}: expected {columns.Length} values, found {values.Length}");
        for (var i = 0; i < values.Length; i++)
            columns[i].Add(values[i], Rows + 1);
        Rows++;
        if (++groupRows >= sizes.GroupRows || columns.Sum(column => (long)column.HeldBytes) >= sizes.GroupBytes)
            EndGroup();
    }

    /// <summary>Ends the file.</summary>
    public void Complete()
    {
        if (complete)
            return;
        EndGroup();
        var footer = FooterWriter.Write(fields, groups, Rows, FormatVersion, compression, CreatedBy);
        stream.Write(footer.Span);
        Span<byte> tail = stackalloc byte[8];
        BinaryPrimitives.WriteInt32LittleEndian(tail, footer.Length);
        "PAR1"u8.CopyTo(tail[4..]);
        stream.Write(tail);
        stream.Flush();
        complete = true;
    }

    // Readers take "NAME version NUMBER" apart.
    static string CreatedBy { get; } = $"ReasonIR version {typeof(ParquetFileWriter).Assembly.GetName().Version?.ToString(3)}";

    void EndGroup()
    {
        if (groupRows == 0)
            return;
        var (start, chunks) = (position, new List<WrittenChunk>(columns.Length));
        foreach (var column in columns)
        {
            var chunk = column.End(stream) with { Offset = position };
            position += chunk.StoredBytes;
            chunks.Add(chunk);
        }
        groups.Add(new(start, groupRows, chunks));
        groupRows = 0;
    }
}
