using FsCheck;
using FsCheck.Fluent;
using ReasonIR.Retrieval.Collections;
using ReasonIR.Retrieval.Parquet;
using ReasonIR.Testing;
using ReasonIR.Testing.Parquet;
using Xunit;

namespace ReasonIR.Retrieval.Tests.Parquet;

public sealed class ParquetFileTests
{
    static readonly TestColumn[] columns = [new("id"), new("ids", IsList: true), new("text")];

    [Theory]
    [InlineData(false, 1000, 1000)]
    [InlineData(true, 7, 3)]
    public void Reads_what_was_written(bool gzip, int groupRows, int pageRows)
    {
        object?[][] rows =
        [
            ["a", new string?[] { "1", null, "" }, "x"], ["b", null, null], ["c", Array.Empty<string?>(), ""],
            .. Enumerable.Range(0, 40).Select(i => new object?[] { $"ä{i}", Enumerable.Range(0, i % 5).Select(n => (string?)$"{n}").ToArray(), i % 3 == 0 ? null : new string('y', i) }),
        ];

        Assert.Equal(rows, Read(ParquetWriter.Write(columns, rows, gzip, groupRows, pageRows)));
    }

    [Fact]
    public void Reads_any_rows()
    {
        var text = Gen.OneOf(Gen.Constant<string?>(null), Gen.Elements<string?>("", "a", "é", "\0", new string('z', 300), "𝄞"));
        var list = Gen.OneOf(Gen.Constant<object?>(null), text.ArrayOf().Select(items => (object?)items));
        var row = text.SelectMany(_ => list, (id, ids) => (id, ids)).SelectMany(_ => text, (head, tail) => new object?[] { head.id, head.ids, tail });
        var cases = row.ArrayOf().SelectMany(_ => Gen.Choose(1, 9), (rows, size) => (rows, size));

        Prop.ForAll(cases.ToArbitrary(), c => Assert.Equal(c.rows, Read(ParquetWriter.Write(columns, c.rows, c.size % 2 == 0, c.size * 3, c.size)))).QuickCheckThrowOnFailure();
    }

    [Fact]
    public void Reads_only_the_columns_asked_for_in_their_order()
    {
        using var file = Open(ParquetWriter.Write(columns, [["a", null, "b"]]));

        var row = Assert.Single(file.Read(file.Require("text"), file.Require("id")).Select(r => (r.Text(0), r.Text(1), r.Number)));

        Assert.Equal(("b", "a", 1), row);
    }

    [Fact]
    public void Says_which_columns_there_are_where_one_is_missing()
    {
        using var file = Open(ParquetWriter.Write(columns, []));

        var error = Assert.Throws<CollectionFormatException>(() => file.Require("content"));

        Assert.Equal("t.parquet, field \"content\": is missing; the file has the columns id, ids, text.", error.Message);
    }

    [Fact]
    public void Refuses_text_that_is_not_UTF8_by_row_and_column()
    {
        var bytes = ParquetWriter.Write([new("id")], [["aaaa"], ["bbbb"]], gzip: false);
        bytes[bytes.AsSpan().IndexOf("bbbb"u8)] = 0xFF;
        using var file = Open(bytes);

        var error = Assert.Throws<CollectionFormatException>(() => file.Read(file.Columns[0]).Select(row => row.Text(0)).ToList());

        Assert.Equal("t.parquet, field \"id\": row 2: holds a text that is not valid UTF-8.", error.Message);
    }

    /// <summary>Whatever bytes are changed or cut: rows or an error that names the file, in bounded memory.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData("examples-snappy")]
    [InlineData("examples-v2-snappy-small-pages")]
    [InlineData("documents-zstd")]
    [InlineData("documents-lz4")]
    [InlineData("documents-brotli")]
    [InlineData("documents-delta-byte-array")]
    [InlineData("numbers-encodings")]
    [InlineData("dictionary-widths")]
    public void Broken_bytes_give_an_error_or_rows(string? golden)
    {
        var whole = golden is null
            ? ParquetWriter.Write(columns, Enumerable.Range(0, 50).Select(i => new object?[] { $"{i}", new[] { "a", "b" }, "text" }), gzip: false, 20, 7)
            : File.ReadAllBytes(SharedData.Require($"golden/parquet/{golden}.parquet"));
        var random = new Random(1);
        for (var round = 0; round < 150; round++)
        {
            var bytes = whole.ToArray();
            for (var changes = 1 + random.Next(4); changes > 0; changes--)
                // Half of the changes in the footer, where a byte does the most.
                bytes[random.Next(2) == 0 ? random.Next(bytes.Length) : bytes.Length - 1 - random.Next(Math.Min(bytes.Length, 2000))] = (byte)random.Next(256);
            if (round % 5 == 0)
                bytes = bytes[..random.Next(bytes.Length)];
            var before = GC.GetAllocatedBytesForCurrentThread();
            try
            {
                using var file = Open(bytes);
                var readable = file.Columns.Where(column => column.Problem is null).ToList();
                foreach (var row in readable.Count == 0 ? [] : file.Read(readable))
                    for (var column = 0; column < readable.Count; column++)
                        row.Value(column);
            }
            catch (CollectionFormatException e)
            {
                Assert.StartsWith("t.parquet", e.Message);
            }
            var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
            Assert.True(allocated < (64L << 20) + 256L * bytes.Length, $"round {round}: {allocated} bytes for a file of {bytes.Length}");
        }
    }

    static ParquetFile Open(byte[] bytes) => ParquetFile.Open(new MemoryStream(bytes), "t.parquet");

    static List<object?[]> Read(byte[] bytes)
    {
        using var file = Open(bytes);
        return [.. file.Read(file.Columns).Select(row => new[] { row.Value(0), (row.Value(1) as List<object?>)?.Cast<string?>().ToArray(), row.Value(2) })];
    }
}
