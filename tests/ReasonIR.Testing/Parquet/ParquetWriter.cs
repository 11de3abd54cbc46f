using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;

namespace ReasonIR.Testing.Parquet;

/// <summary>A column of nullable texts, or of nullable lists of them: what collections on the hub consist of.</summary>
public sealed record TestColumn(string Name, bool IsList = false);

/// <summary>
/// Writes Parquet files for tests: nullable texts and lists of texts, plain pages of version 1, gzip or nothing. Rows are handed over
/// group by group, so that a large file costs a group's memory.
/// </summary>
public sealed class ParquetWriter : IDisposable
{
    readonly Stream stream;
    readonly IReadOnlyList<TestColumn> columns;
    readonly bool gzip;
    readonly int pageRows;
    readonly List<(long Rows, List<Chunk> Chunks)> groups = [];

    public ParquetWriter(Stream stream, IReadOnlyList<TestColumn> columns, bool gzip = true, int pageRows = 1000)
    {
        (this.stream, this.columns, this.gzip, this.pageRows) = (stream, columns, gzip, pageRows);
        stream.Write("PAR1"u8);
    }

    /// <summary>A file in memory.</summary>
    /// <param name="rows">Each a string, a list of strings or null a column.</param>
    public static byte[] Write(IReadOnlyList<TestColumn> columns, IEnumerable<object?[]> rows, bool gzip = true, int groupRows = 1000, int pageRows = 1000)
    {
        var stream = new MemoryStream();
        using (var writer = new ParquetWriter(stream, columns, gzip, pageRows))
            foreach (var group in rows.Chunk(groupRows))
                writer.WriteGroup(group);
        return stream.ToArray();
    }

    public void WriteGroup(IReadOnlyList<object?[]> rows)
    {
        var chunks = new List<Chunk>();
        for (var column = 0; column < columns.Count; column++)
        {
            var (start, values) = (stream.Position, 0L);
            foreach (var page in rows.Select(row => row[column]).Chunk(pageRows))
                values += columns[column].IsList ? WriteLists(page) : WriteTexts(page);
            chunks.Add(new(start, stream.Position - start, values));
        }
        groups.Add((rows.Count, chunks));
    }

    public void Dispose()
    {
        var footer = new ThriftWriter().Integer(1, 2)
            .Structs(2, Schema().ToList(), (writer, node) => node(writer))
            .Integer(3, groups.Sum(group => group.Rows), wide: true)
            .Structs(4, groups, (writer, group) => writer
                .Structs(1, group.Chunks.Index().ToList(), (w, chunk) => WriteChunk(w, columns[chunk.Index], chunk.Item))
                .Integer(2, group.Chunks.Sum(chunk => chunk.Bytes), wide: true)
                .Integer(3, group.Rows, wide: true))
            .Text(6, "ReasonIR tests").End().ToArray();
        stream.Write(footer);
        var length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, footer.Length);
        stream.Write(length);
        stream.Write("PAR1"u8);
        stream.Flush();
        // The caller of Write reads its stream afterwards.
        if (stream is FileStream)
            stream.Dispose();
    }

    IEnumerable<Action<ThriftWriter>> Schema()
    {
        yield return writer => writer.Text(4, "schema").Integer(5, columns.Count);
        foreach (var column in columns)
            if (column.IsList)
            {
                yield return writer => writer.Integer(3, 1).Text(4, column.Name).Integer(5, 1).Integer(6, 3);
                yield return writer => writer.Integer(3, 2).Text(4, "list").Integer(5, 1);
                yield return writer => writer.Integer(1, 6).Integer(3, 1).Text(4, "element").Integer(6, 0);
            }
            else
                yield return writer => writer.Integer(1, 6).Integer(3, 1).Text(4, column.Name).Integer(6, 0);
    }

    void WriteChunk(ThriftWriter writer, TestColumn column, Chunk chunk) => writer
        .Integer(2, chunk.Start, wide: true)
        .Struct(3, meta => meta.Integer(1, 6).Integers(2, 0, 3)
            .Texts(3, column.IsList ? [column.Name, "list", "element"] : [column.Name])
            .Integer(4, gzip ? 2 : 0).Integer(5, chunk.Values, wide: true).Integer(6, chunk.Bytes, wide: true)
            .Integer(7, chunk.Bytes, wide: true).Integer(9, chunk.Start, wide: true));

    int WriteTexts(object?[] page)
    {
        var (definitions, values) = (new List<int>(), new MemoryStream());
        foreach (var text in page)
            AddText(definitions, values, 0, (string?)text);
        WritePage(page.Length, [(definitions, 1)], values);
        return page.Length;
    }

    int WriteLists(object?[] page)
    {
        var (repetitions, definitions, values) = (new List<int>(), new List<int>(), new MemoryStream());
        foreach (IReadOnlyList<string?>? list in page)
        {
            if (list is null or { Count: 0 })
            {
                repetitions.Add(0);
                definitions.Add(list is null ? 0 : 1);
                continue;
            }
            for (var i = 0; i < list.Count; i++)
            {
                repetitions.Add(i == 0 ? 0 : 1);
                AddText(definitions, values, 2, list[i]);
            }
        }
        WritePage(repetitions.Count, [(repetitions, 1), (definitions, 2)], values);
        return repetitions.Count;
    }

    static void AddText(List<int> definitions, MemoryStream values, int levelOfNull, string? text)
    {
        definitions.Add(text is null ? levelOfNull : levelOfNull + 1);
        if (text is null)
            return;
        var utf8 = Encoding.UTF8.GetBytes(text);
        values.Write(BitConverter.GetBytes(utf8.Length));
        values.Write(utf8);
    }

    void WritePage(int count, (List<int> Levels, int Bits)[] levels, MemoryStream values)
    {
        var page = new MemoryStream();
        foreach (var (list, bits) in levels)
        {
            var packed = Pack(list, bits);
            page.Write(BitConverter.GetBytes(packed.Length));
            page.Write(packed);
        }
        values.WriteTo(page);
        var stored = page;
        if (gzip)
        {
            stored = new();
            using var packer = new GZipStream(stored, CompressionLevel.Fastest, leaveOpen: true);
            page.WriteTo(packer);
        }
        stream.Write(new ThriftWriter().Integer(1, 0).Integer(2, page.Length).Integer(3, stored.Length)
            .Struct(5, data => data.Integer(1, count).Integer(2, 0).Integer(3, 3).Integer(4, 3)).End().ToArray());
        stored.WriteTo(stream);
    }

    // One bit-packed run of groups of eight.
    static byte[] Pack(List<int> levels, int bits)
    {
        var groups = (levels.Count + 7) / 8;
        var head = new List<byte>();
        var run = (uint)((groups << 1) | 1);
        for (; run >= 0x80; run >>= 7)
            head.Add((byte)(run | 0x80));
        head.Add((byte)run);
        var packed = new byte[groups * bits];
        for (var i = 0; i < levels.Count; i++)
            for (var b = 0; b < bits; b++)
                if ((levels[i] >> b & 1) != 0)
                    packed[(i * bits + b) >> 3] |= (byte)(1 << ((i * bits + b) & 7));
        return [.. head, .. packed];
    }

    sealed record Chunk(long Start, long Bytes, long Values);
}
