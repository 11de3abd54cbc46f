using System.Buffers.Binary;
using ReasonIR.Retrieval.Collections;
using ReasonIR.Retrieval.Parquet.Metadata;
using ReasonIR.Retrieval.Parquet.Pages;

namespace ReasonIR.Retrieval.Parquet;

/// <summary>
/// Reads Apache Parquet: columns of values and of lists of values, pages of both versions, all encodings but BIT_PACKED levels,
/// compression by snappy, gzip, brotli, zstd and lz4_raw. Holds one page (and dictionary) a column in memory, whatever the file's
/// size. Not thread-safe.
/// </summary>
public sealed class ParquetFile : IDisposable
{
    const int MagicBytes = 4;
    const int TailBytes = 8;

    readonly Stream stream;
    readonly string name;
    readonly ParquetLimits limits;
    readonly FileMetadata metadata;
    readonly long dataEnd;
    readonly int leaves;

    ParquetFile(Stream stream, string name, ParquetLimits limits)
    {
        (this.stream, this.name, this.limits) = (stream, name, limits);
        (metadata, dataEnd) = Guard("the footer", ReadFooter);
        (Columns, leaves) = Guard("the schema", () => Metadata.Columns.Of(metadata.Schema));
    }

    public IReadOnlyList<ParquetColumn> Columns { get; }

    public long Rows => metadata.Rows;

    public int RowGroups => metadata.RowGroups.Count;

    /// <summary>The program that wrote the file, where it says so.</summary>
    public string? CreatedBy => metadata.CreatedBy;

    /// <exception cref="CollectionFormatException">It is no such file.</exception>
    public static ParquetFile Open(string path, ParquetLimits? limits = null)
    {
        var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);
        try
        {
            return Open(stream, path, limits);
        }
        catch
        {
            stream.Dispose();
            throw;
        }
    }

    /// <param name="stream">Seekable; closed with the file.</param>
    /// <param name="name">What errors call it.</param>
    /// <inheritdoc cref="Open(string, ParquetLimits?)"/>
    public static ParquetFile Open(Stream stream, string name, ParquetLimits? limits = null) => new(stream, name, limits ?? ParquetLimits.Default);

    /// <summary>The column of a name; null where there is none.</summary>
    public ParquetColumn? Find(string column) => Columns.FirstOrDefault(c => c.Name == column);

    /// <exception cref="CollectionFormatException">There is none.</exception>
    public ParquetColumn Require(string column) => Find(column)
        ?? throw new CollectionFormatException(name, 0, column, $"is missing; the file has the columns {string.Join(", ", Columns.Take(20).Select(c => c.Name))}.");

    /// <summary>All rows in their order.</summary>
    /// <param name="columns">The columns to read; the others cost nothing.</param>
    /// <exception cref="CollectionFormatException">A column cannot be read, or while enumerating: the file is broken.</exception>
    public IEnumerable<ParquetRow> Read(params IReadOnlyList<ParquetColumn> columns)
    {
        if (columns.Count == 0)
            throw new ArgumentException("expected a column at least", nameof(columns));
        if (columns.FirstOrDefault(column => column.Problem is not null) is { } unreadable)
            throw new CollectionFormatException(name, 0, unreadable.Name, unreadable.Problem + ".");
        return ReadRows(columns);
    }

    public void Dispose() => stream.Dispose();

    IEnumerable<ParquetRow> ReadRows(IReadOnlyList<ParquetColumn> columns)
    {
        var row = new ParquetRow(name);
        for (var group = 0; group < metadata.RowGroups.Count; group++)
        {
            var number = group + 1;
            var rows = metadata.RowGroups[group];
            if (rows.Rows == 0)
                continue;
            row.Cursors = [.. columns.Select(column => Guard($"row group {number}", () => OpenColumn(column, rows), column))];
            for (var i = 0L; i < rows.Rows; i++)
            {
                row.Number++;
                foreach (var cursor in row.Cursors)
                    Step(cursor, number);
                yield return row;
            }
            foreach (var cursor in row.Cursors)
                Guard($"row group {number}", () => { cursor.RequireEnd(); return 0; }, cursor.Column);
        }
    }

    void Step(ColumnCursor cursor, int group)
    {
        try
        {
            cursor.NextRow();
        }
        catch (Exception e) when (IsBroken(e))
        {
            throw Wrong($"row group {group}, page {cursor.Page}", e, cursor.Column);
        }
    }

    ColumnCursor OpenColumn(ParquetColumn column, RowGroupMetadata group)
    {
        if (group.Chunks.Count != leaves)
            throw new InvalidDataException($"has {group.Chunks.Count} columns, the schema {leaves}");
        var chunk = group.Chunks[column.Leaf];
        if (chunk.File is not null)
            throw new InvalidDataException("lies in another file, which this reader does not follow");
        if (chunk.Encrypted)
            throw new InvalidDataException("is encrypted");
        if (chunk.Type != column.Element.Type || chunk.Values < 0)
            throw new InvalidDataException($"is of type {chunk.Type} with {chunk.Values} values, the schema states {column.Element.Type}");
        var start = chunk.DictionaryOffset > 0 ? Math.Min(chunk.DictionaryOffset, chunk.DataOffset) : chunk.DataOffset;
        var end = chunk.CompressedBytes > 0 ? start + chunk.CompressedBytes : dataEnd;
        if (chunk.Values > 0 && (start < MagicBytes || end > dataEnd || start >= end))
            throw new InvalidDataException($"should lie between the bytes {MagicBytes} and {dataEnd} of the file, it is said to lie from {start} to {end}");
        return new(column, chunk, new(stream, chunk, start, end, limits), limits);
    }

    (FileMetadata, long) ReadFooter()
    {
        var length = stream.Length;
        if (length < MagicBytes + TailBytes)
            throw new InvalidDataException($"a Parquet file has 12 bytes at least, this one has {length}");
        Span<byte> head = stackalloc byte[MagicBytes], tail = stackalloc byte[TailBytes];
        stream.Position = 0;
        stream.ReadExactly(head);
        stream.Position = length - TailBytes;
        stream.ReadExactly(tail);
        if (tail[4..].SequenceEqual("PARE"u8))
            throw new InvalidDataException("is encrypted, which this reader does not take");
        if (!tail[4..].SequenceEqual("PAR1"u8) || !head.SequenceEqual("PAR1"u8))
            throw new InvalidDataException("expected PAR1 at the beginning and at the end of the file");
        var footerLength = BinaryPrimitives.ReadUInt32LittleEndian(tail);
        if (footerLength > length - MagicBytes - TailBytes)
            throw new InvalidDataException($"states {footerLength} bytes, the file has {length}");
        if (footerLength > limits.FooterBytes)
            throw new InvalidDataException($"states {footerLength} bytes, more than {limits.FooterBytes}");
        var footer = new byte[footerLength];
        stream.Position = length - TailBytes - footerLength;
        stream.ReadExactly(footer);
        return (MetadataReader.Read(footer), length - TailBytes - footerLength);
    }

    T Guard<T>(string place, Func<T> read, ParquetColumn? column = null)
    {
        try
        {
            return read();
        }
        catch (Exception e) when (IsBroken(e))
        {
            throw Wrong(place, e, column);
        }
    }

    CollectionFormatException Wrong(string place, Exception e, ParquetColumn? column) =>
        new(name, 0, column?.Name, $"{place}: {e.Message}.", e);

    static bool IsBroken(Exception e) => e is InvalidDataException or EndOfStreamException or OverflowException;
}
