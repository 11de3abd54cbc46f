using FsCheck;
using FsCheck.Fluent;
using ReasonIR.Retrieval.Collections;

namespace ReasonIR.Retrieval.Tests.Collections;

public sealed class DelimitedReaderTests
{
    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    static readonly CollectionColumns columns = new("body", "key", "head", Metadata: ["year"]);

    static Task<CollectionDocument[]> ReadAsync(
        string text, DelimitedFormat? format = null, CollectionColumns? chosen = null, int piece = int.MaxValue, CollectionLimits? limits = null) =>
        DelimitedReader.ReadDocumentsAsync(Streams.Of(text, piece), "t.csv", format ?? DelimitedFormat.Csv, chosen ?? columns, limits, Cancellation)
            .ToArrayAsync(Cancellation).AsTask();

    [Fact]
    public async Task Reads_chosen_columns_and_RFC_4180_quotes()
    {
        const string csv = "\uFEFFyear,body,key,head\r\n1999,\"a \"\"b\"\", c\nd\",k1,T\n\r\n,5\" disk,k2,\"\"\r\n";
        CollectionDocument[] expected =
            [new("k1", "T", "a \"b\", c\nd", "{\"year\":\"1999\"}"), new("k2", "", "5\" disk", "{\"year\":\"\"}")];
        foreach (var piece in (int[])[1, 2, 5, int.MaxValue])
            Assert.Equal(expected, await ReadAsync(csv, piece: piece));
    }

    [Fact]
    public async Task Numbers_records_and_columns_where_they_have_no_names()
    {
        var format = DelimitedFormat.Tsv with { Header = false, Quoted = false };
        Assert.Equal([new("1", "", "\"x"), new("2", "", "y\rz")], await ReadAsync("a\t\"x\r\nb\ty\rz", format, new("2")));
    }

    [Theory]
    [InlineData("body,head\nx,y", "t.csv, line 1, field \"key\": is missing; the table has body, head.")]
    [InlineData("key,key,body,head,year\n", "t.csv, line 1, field \"key\": stands twice in the header.")]
    [InlineData("key,body,head,year\n\na,b,c\n", "t.csv, line 3: expected 4 columns, found 3.")]
    [InlineData("key,body,head,year\n,b,c,d\n", "t.csv, line 2, field \"key\": an id should have 1 to")]
    [InlineData("key,body,head,year\na,\"b\nc\" x,c,d\n", "t.csv, line 3, field \"2\": expected the delimiter or the end of the line behind a closing quote")]
    [InlineData("key,body,head,year\na,b,c,d\na,\"b\nc,d,e\n", "t.csv, line 3, field \"2\": a quoted field begins here and is never closed.")]
    public async Task Names_the_line_and_the_column(string text, string message) =>
        Assert.StartsWith(message, (await Assert.ThrowsAsync<CollectionFormatException>(() => ReadAsync(text))).Message);

    [Fact]
    public async Task Bounds_a_record() =>
        Assert.Contains("at most 100 bytes; is a quote not closed?", (await Assert.ThrowsAsync<CollectionFormatException>(() =>
            ReadAsync("key,body,head,year\na,\"" + new string('x', 200), limits: new(100)))).Message);

    [Fact]
    public void Gives_back_whatever_was_quoted()
    {
        var fields = Gen.Elements("", "a", "\"", ",", "\n", "\r\n", "x\"y", "\u00E9\uD83D\uDE00", " ").ListOf().Select(parts => string.Concat(parts));
        var rows = fields.ArrayOf(2).NonEmptyListOf().Select(list => list.ToArray());
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(300), Prop.ForAll(rows.ToArbitrary(), Gen.Choose(1, 9).ToArbitrary(), (table, piece) =>
        {
            var csv = string.Concat(table.Select(row => string.Join(',', row.Select(field => $"\"{field.Replace("\"", "\"\"")}\"")) + "\r\n"));
            var read = ReadAsync(csv, new(',', Header: false), new("2", Title: "1"), piece).GetAwaiter().GetResult();
            return read.Select(document => (document.Title, document.Text)).SequenceEqual(table.Select(row => (row[0], row[1])));
        }));
    }

    [Fact]
    public void Reads_or_refuses_any_bytes()
    {
        var bytes = Gen.Elements<byte>((byte)'"', (byte)',', (byte)'\n', (byte)'\r', (byte)'a', 0xC3, 0xA9, 0xEF, 0xBB, 0xBF, 0x1F, 0x8B).ArrayOf();
        FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(bytes.ToArbitrary(), Gen.Choose(1, 4).ToArbitrary(), (input, piece) =>
        {
            try
            {
                var stream = Streams.Of(input, piece);
                _ = DelimitedReader.ReadDocumentsAsync(stream, "t", new(',', Header: false), new("1")).ToArrayAsync().AsTask().GetAwaiter().GetResult();
            }
            catch (CollectionFormatException)
            {
            }
            return true;
        }));
    }
}
