using FsCheck;
using FsCheck.Fluent;
using ReasonIR.Retrieval.Parquet;
using ReasonIR.Retrieval.Parquet.Pages;
using ReasonIR.Testing;
using Xunit;

namespace ReasonIR.Retrieval.Tests.Parquet;

public sealed class ParquetFileWriterTests
{
    static readonly ParquetField[] fields =
    [
        new("id", Optional: false), new("texts", IsList: true), new("number", ParquetKind.Integer), new("score", ParquetKind.Double),
        new("flag", ParquetKind.Boolean), new("scores", ParquetKind.Double, IsList: true, Optional: false), new("flags", ParquetKind.Boolean, IsList: true),
    ];

    [Fact]
    public void Any_rows_are_read_back_as_they_were_written()
    {
        var text = Gen.OneOf(Gen.Elements("", "a", "é", "\0", new string('z', 300), "𝄞"), ArbMap.Default.GeneratorFor<NonNull<string>>().Select(s => s.Get.Any(char.IsSurrogate) ? "" : s.Get));
        var row = from id in text
                  from texts in List(text.Select(t => (object)t))
                  from number in Maybe(Gen.Elements(0L, -1, long.MinValue, long.MaxValue))
                  from score in Maybe(Gen.Elements(0.0, -1.5, double.NaN, double.MaxValue))
                  from flag in Maybe(Gen.Elements(true, false))
                  from scores in List(Gen.Elements<object>(1.0, 0.25))
                  from flags in List(Gen.Elements<object>(true, false))
                  select new[] { id, texts, number, score, flag, scores ?? new object?[] { 1.0 }, flags };
        var cases = from rows in row.ArrayOf() from size in Gen.Choose(1, 50) select (rows, size);

        Prop.ForAll(cases.ToArbitrary(), c => Assert.Equal(c.rows, Read(Write(
            fields, c.rows, c.size % 2 == 0 ? ParquetCompression.Snappy : ParquetCompression.None, new(c.size * 4, c.size * 40, 1 + c.size / 3))))).QuickCheckThrowOnFailure();

        static Gen<object?> Maybe<T>(Gen<T> values) => Gen.OneOf(Gen.Constant<object?>(null), values.Select(v => (object?)v));
        static Gen<object?> List(Gen<object> values) => Gen.OneOf(Gen.Constant<object?>(null), Gen.OneOf(Gen.Constant<object?>(null), values.Select(v => (object?)v)).ArrayOf().Select(items => (object?)items));
    }

    /// <summary>Random bytes, runs, repeats at all distances, and lengths around the bounds of a block.</summary>
    [Fact]
    public void Snappy_unpacks_to_what_was_packed()
    {
        var random = new Random(7);
        foreach (var length in (int[])[1, 3, 4, 59, 60, 61, 64, 65, 67, 68, 69, 255, 256, 257, 4000, 65535, 65536, 65537, 200_000])
            foreach (var letters in (int[])[1, 2, 3, 90])
            {
                var text = new char[length];
                for (var i = 0; i < length; i++)
                    text[i] = i > 100 && random.Next(4) == 0 ? text[i - 1 - random.Next(Math.Min(i, 5000))] : (char)(' ' + random.Next(letters));
                object?[][] rows = [[new string(text)]];

                Assert.Equal(rows, Read(Write([new("t")], rows, ParquetCompression.Snappy, ParquetSizes.Default)));
            }
    }

    /// <summary>Long runs of levels, short ones, and both in turn.</summary>
    [Fact]
    public void Many_rows_with_and_without_values_are_read_back()
    {
        var random = new Random(3);
        var rows = new List<object?[]>();
        for (var i = 0; i < 20_000; i++)
        {
            var there = i % 3000 < 1500 || random.Next(3) == 0;
            rows.Add([$"{i}", there ? Enumerable.Range(0, random.Next(i % 5000 < 2500 ? 3 : 40)).Select(n => n % 7 == 3 ? null : (object?)$"{n}").ToArray() : null,
                there ? (long)i : null, i % 2 == 0 ? i / 3.0 : null, there ? i % 5 == 0 : null, new object?[] { 1.0, null }, there ? new object?[] { true, false, null } : null]);
        }

        Assert.Equal(rows, Read(Write(fields, rows, ParquetCompression.Snappy, new(PageBytes: 1 << 14, GroupBytes: 1 << 17))));
    }

    [Fact]
    public void Text_that_repeats_is_stored_small()
    {
        var text = string.Join(' ', Enumerable.Range(0, 5000).Select(i => $"the {i % 37}th sentence of a document"));

        var (plain, packed) = (Write([new("t")], [[text]], ParquetCompression.None, ParquetSizes.Default), Write([new("t")], [[text]], ParquetCompression.Snappy, ParquetSizes.Default));

        Assert.True(packed.Length < plain.Length / 5, $"{packed.Length} of {plain.Length} bytes");
    }

    /// <summary>pyarrow's footer of the same columns: version, schema with converted and logical types, and what stands for each column.</summary>
    [Theory]
    [InlineData("examples-snappy", ParquetCompression.Snappy)]
    [InlineData("examples-none", ParquetCompression.None)]
    public void Footer_says_what_pyarrow_s_says(string golden, ParquetCompression compression)
    {
        var expected = ThriftTree.Footer(File.ReadAllBytes(SharedData.Require($"golden/parquet/{golden}.parquet")));
        ParquetField[] columns = [new("query"), new("reasoning"), new("id"), new("excluded_ids", IsList: true), new("gold_ids", IsList: true), new("gold_ids_long", IsList: true), new("gold_answer")];
        List<object?[]> rows;
        using (var file = ParquetFile.Open(SharedData.Require($"golden/parquet/{golden}.parquet")))
            rows = [.. file.Read(file.Columns).Select(row => Enumerable.Range(0, 7).Select(row.Value).ToArray())];

        var bytes = Write(columns, rows, compression, ParquetSizes.Default);
        var footer = ThriftTree.Footer(bytes);

        Assert.Equal("PAR1"u8, bytes.AsSpan(0, 4));
        Assert.Equal("PAR1"u8, bytes.AsSpan(bytes.Length - 4));
        foreach (var field in (int[])[1, 2, 3, 7]) // version, schema, rows, orders
            Assert.Equal(ThriftTree.Show(expected[field]), ThriftTree.Show(footer[field]));
        Assert.Matches(@"^ReasonIR version \d+\.\d+\.\d+$", (string)footer[6]);
        var (theirs, ours) = (Chunks(expected), Chunks(footer));
        Assert.Equal(theirs.Count, ours.Count);
        var at = 4L;
        foreach (var (their, our) in theirs.Zip(ours))
        {
            foreach (var field in (int[])[1, 3, 4, 5]) // type, path, codec, values
                Assert.Equal(ThriftTree.Show(their[field]), ThriftTree.Show(our[field]));
            Assert.Equal("[0 3]", ThriftTree.Show(our[2])); // plain values, run-length levels
            Assert.Equal(at, our[9]);
            at += (long)our[7];
        }
        Assert.Equal(ours.Sum(chunk => (long)chunk[7]), Group(footer)[6]);
        Assert.Equal(ours.Sum(chunk => (long)chunk[6]), Group(footer)[2]);
        Assert.Equal(60L, Group(footer)[3]);
        Assert.Equal(rows, Read(bytes));
    }

    [Fact]
    public void Pages_state_their_sizes_and_checksums()
    {
        var bytes = Write([new("id", Optional: false)], [["ab"], ["c"]], ParquetCompression.None, ParquetSizes.Default);
        var at = 4;

        var header = ThriftTree.Struct(bytes, ref at);

        Assert.Equal((byte[])[2, 0, 0, 0, (byte)'a', (byte)'b', 1, 0, 0, 0, (byte)'c'], bytes[at..(at + 11)]);
        Assert.Equal($"{{1:0 2:11 3:11 4:{(int)Crc32.Of(bytes.AsSpan(at, 11))} 5:{{1:2 2:0 3:3 4:3}}}}", ThriftTree.Show(header));
    }

    [Fact]
    public void Groups_and_pages_are_bounded_and_memory_with_them()
    {
        var target = new CountingStream();
        var writer = new ParquetFileWriter(target, [new("text"), new("n", ParquetKind.Integer)], ParquetCompression.None, new(PageBytes: 1 << 14, GroupBytes: 1 << 20));
        var before = GC.GetTotalMemory(forceFullCollection: true);
        long largest = 0;
        for (var i = 0; i < 40_000; i++)
        {
            writer.Write(new string((char)('a' + i % 26), 1000), (long)i);
            if (i % 10_000 == 9_999)
                largest = Math.Max(largest, GC.GetTotalMemory(forceFullCollection: true) - before);
        }
        writer.Complete();

        Assert.True(target.Bytes > 40_000_000);
        Assert.True(largest < 16 << 20, $"{largest} bytes held");
    }

    [Fact]
    public void An_empty_file_has_its_columns()
    {
        using var file = ParquetFile.Open(new MemoryStream(Write(fields, [], ParquetCompression.Snappy, ParquetSizes.Default)), "t.parquet");

        Assert.Equal((0, 0), (file.Rows, file.RowGroups));
        Assert.Equal(fields.Select(field => (field.Name, field.Kind, field.IsList)), file.Columns.Select(column => (column.Name, column.Kind, column.IsList)));
    }

    [Theory]
    [InlineData("row 1, column id: expected a value, found null", null, null)]
    [InlineData("row 1, column id: expected Text, found Int64", 1L, null)]
    [InlineData("row 1, column texts: expected a list of Text, found String", "a", "b")]
    public void A_value_that_does_not_fit_is_refused_by_row_and_column(string message, object? id, object? texts)
    {
        var writer = new ParquetFileWriter(new MemoryStream(), fields[..2]);

        Assert.Equal(message, Assert.Throws<ArgumentException>(() => writer.Write(id, texts)).Message);
    }

    [Fact]
    public void Half_a_surrogate_pair_is_refused()
    {
        var writer = new ParquetFileWriter(new MemoryStream(), [new("t")]);

        Assert.Contains("column t", Assert.Throws<ArgumentException>(() => writer.Write("\uD834")).Message);
    }

    static Dictionary<int, object> Group(Dictionary<int, object> footer) => (Dictionary<int, object>)Assert.Single((List<object>)footer[4]);

    static List<Dictionary<int, object>> Chunks(Dictionary<int, object> footer) =>
        [.. ((List<object>)Group(footer)[1]).Cast<Dictionary<int, object>>().Select(chunk => (Dictionary<int, object>)chunk[3])];

    static byte[] Write(IReadOnlyList<ParquetField> columns, IEnumerable<object?[]> rows, ParquetCompression compression, ParquetSizes sizes)
    {
        var stream = new MemoryStream();
        var writer = new ParquetFileWriter(stream, columns, compression, sizes);
        foreach (var row in rows)
            writer.Write(row);
        writer.Complete();
        return stream.ToArray();
    }

    static List<object?[]> Read(byte[] bytes)
    {
        using var file = ParquetFile.Open(new MemoryStream(bytes), "t.parquet");
        return [.. file.Read(file.Columns).Select(row => file.Columns.Select((column, i) => column.IsList ? (row.Value(i) as List<object?>)?.ToArray() : row.Value(i)).ToArray())];
    }

    sealed class CountingStream : Stream
    {
        public long Bytes { get; private set; }

        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => Bytes;
        public override long Position { get => Bytes; set => throw new NotSupportedException(); }
        public override void Flush() { }
        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => Bytes += count;
    }
}
