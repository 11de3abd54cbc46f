using System.Buffers;
using ReasonIR.Retrieval.Parquet.Compression;
using ReasonIR.Retrieval.Parquet.Metadata;
using ReasonIR.Retrieval.Parquet.Pages;
using Encoding = ReasonIR.Retrieval.Parquet.Metadata.Encoding;

namespace ReasonIR.Retrieval.Parquet.Writing;

/// <summary>
/// Turns the values of a column into pages and holds them until the row group ends, since a group's columns lie one after the other.
/// A page ends with a row.
/// </summary>
sealed class ColumnWriter(ParquetField field, ParquetCompression compression, int pageBytes)
{
    const int MostPageValues = 1 << 20;

    readonly PlainValueWriter values = new(field);
    readonly List<byte> repetitions = [], definitions = [];
    readonly ArrayBufferWriter<byte> page = new(), packed = new();
    readonly MemoryStream pages = new();

    // The definition level of a list that is there and empty; a null element has one more, an element two.
    readonly byte present = (byte)(field.Optional ? 1 : 0);
    // Of the page that is being filled.
    int count;

    // Of the row group.
    long groupValues, plainBytes;
    int pageCount;

    /// <summary>What the column holds in memory of the current group, bytes.</summary>
    public int HeldBytes => (int)Math.Min(int.MaxValue, pages.Length + values.Bytes);

    public void Add(object? value, long row)
    {
        if (value is null && !field.Optional)
            throw Wrong(row, "expected a value, found null");
        if (!field.IsList)
            AddOne(value, row);
        else if (value is null)
            Level(0, 0);
        else
            AddList(value, row);
        if (values.Bytes >= pageBytes || count >= MostPageValues)
            EndPage();
    }

    /// <summary>Writes the group's pages and begins anew.</summary>
    public WrittenChunk End(Stream stream)
    {
        EndPage();
        pages.WriteTo(stream);
        var chunk = new WrittenChunk(0, groupValues, plainBytes, pages.Length, pageCount);
        pages.SetLength(0);
        // A group with a huge value should not keep its room for ever.
        if (pages.Capacity > 1 << 24)
            pages.Capacity = 1 << 16;
        (groupValues, plainBytes, pageCount) = (0, 0, 0);
        return chunk;
    }

    void AddOne(object? value, long row)
    {
        if (field.Optional)
            definitions.Add((byte)(value is null ? 0 : 1));
        count++;
        if (value is not null && !values.Add(value))
            throw Wrong(row, $"expected {field.Kind}, found {value.GetType().Name}");
    }

    void AddList(object value, long row)
    {
        var (any, elements) = (false, value as System.Collections.IEnumerable);
        if (elements is null or string)
            throw Wrong(row, $"expected a list of {field.Kind}, found {value.GetType().Name}");
        foreach (var element in elements)
        {
            Level((byte)(any ? 1 : 0), (byte)(element is null ? present + 1 : present + 2));
            any = true;
            if (element is not null && !values.Add(element))
                throw Wrong(row, $"expected a list of {field.Kind}, found an element of {element.GetType().Name}");
        }
        if (!any)
            Level(0, present);
    }

    void Level(byte repetition, byte definition)
    {
        repetitions.Add(repetition);
        definitions.Add(definition);
        count++;
    }

    void EndPage()
    {
        if (count == 0)
            return;
        page.ResetWrittenCount();
        if (field.IsList)
            LevelWriter.Write(repetitions, 1, page);
        if (field.IsList || field.Optional)
            LevelWriter.Write(definitions, field.IsList ? 2 : 1, page);
        values.MoveTo(page);
        var stored = page.WrittenSpan;
        if (compression == ParquetCompression.Snappy)
        {
            packed.ResetWrittenCount();
            SnappyPacker.Pack(stored, packed);
            stored = packed.WrittenSpan;
        }
        var header = new ThriftWriter()
            .Integer(1, (int)PageKind.Data).Integer(2, page.WrittenCount).Integer(3, stored.Length).Integer(4, (int)Crc32.Of(stored))
            .Struct(5, data => data.Integer(1, count).Integer(2, (int)Encoding.Plain).Integer(3, (int)Encoding.RunLength).Integer(4, (int)Encoding.RunLength))
            .End().Written;
        pages.Write(header.Span);
        pages.Write(stored);
        (groupValues, plainBytes, pageCount) = (groupValues + count, plainBytes + header.Length + page.WrittenCount, pageCount + 1);
        repetitions.Clear();
        definitions.Clear();
        count = 0;
    }

    ArgumentException Wrong(long row, string problem) => new($"row {row}, column {field.Name}: {problem}");
}
