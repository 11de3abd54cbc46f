using ReasonIR.Retrieval.Collections;
using ReasonIR.Testing;

namespace ReasonIR.Retrieval.Tests.Collections;

public sealed class BeirReaderTests
{
    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Reads_documents_whatever_the_pieces()
    {
        const string corpus = "\uFEFF{\"_id\":\"a\",\"title\":\"T\",\"text\":\"x\\ny\u2028z\",\"metadata\":{\"k\":1}}\r\n\n{\"_id\":7,\"text\":\"\u00E9\",\"metadata\":{}}";
        CollectionDocument[] expected = [new("a", "T", "x\ny\u2028z", "{\"k\":1}"), new("7", "", "\u00E9")];
        foreach (var piece in (int[])[1, 2, 3, 7, int.MaxValue])
            Assert.Equal(expected, await BeirReader.ReadDocumentsAsync(Streams.Of(corpus, piece), "c", cancellation: Cancellation).ToArrayAsync(Cancellation));
        Assert.Equal(expected, await BeirReader.ReadDocumentsAsync(Streams.Gzip(corpus), "c", cancellation: Cancellation).ToArrayAsync(Cancellation));
        Assert.Equal("T x\ny\u2028z", expected[0].IndexText);
    }

    [Theory]
    [InlineData("{\"_id\":\"a\",\"text\":\"x\"}\n\nnonsense", "c, line 3: expected a JSON object")]
    [InlineData("[1]", "c, line 1: expected a JSON object, found an array.")]
    [InlineData("{\"_id\":\"a\"}", "c, line 1, field \"text\": is missing; the object has _id.")]
    [InlineData("{\"_id\":\"a\",\"text\":3}", "c, line 1, field \"text\": expected a string, found the number 3.")]
    [InlineData("{\"_id\":\"\",\"text\":\"x\"}", "c, line 1, field \"_id\": an id should have 1 to")]
    [InlineData("{\"_id\":1.5,\"text\":\"x\"}", "c, line 1, field \"_id\": expected an id (a string or an integer), found the number 1.5.")]
    [InlineData("{\"_id\":\"a\",\"text\":\"\\ud800\"}", "c, line 1, field \"text\": holds half of a surrogate pair")]
    [InlineData("{\"_id\":\"a\",\"text\":\"x\",\"metadata\":[]}", "c, line 1, field \"metadata\": expected an object, found an array.")]
    public async Task Names_the_line_and_the_field(string corpus, string message)
    {
        var error = await Assert.ThrowsAsync<CollectionFormatException>(async () =>
            await BeirReader.ReadDocumentsAsync(Streams.Of(corpus), "c", cancellation: Cancellation).ToArrayAsync(Cancellation));
        Assert.StartsWith(message, error.Message);
    }

    [Fact]
    public async Task Refuses_bytes_that_are_no_UTF_8_and_lines_too_long()
    {
        byte[] latin = [.. "{\"_id\":\"a\",\"text\":\""u8, 0xE9, .. "\"}"u8];
        var error = await Assert.ThrowsAsync<CollectionFormatException>(async () =>
            await BeirReader.ReadDocumentsAsync(Streams.Of(latin), "c", cancellation: Cancellation).ToArrayAsync(Cancellation));
        Assert.Equal("c, line 1: is not valid UTF-8.", error.Message);

        var limits = new CollectionLimits(RecordBytes: 100);
        foreach (var length in (int[])[101, 1 << 20])
            error = await Assert.ThrowsAsync<CollectionFormatException>(async () =>
                await BeirReader.ReadDocumentsAsync(Streams.Of("\n" + new string('x', length)), "c", limits, Cancellation).ToArrayAsync(Cancellation));
        Assert.StartsWith("c, line 2: a", error.Message);
    }

    [Fact]
    public async Task Says_that_gzip_is_broken()
    {
        var packed = Streams.GzipBytes(string.Concat(Enumerable.Repeat("{\"_id\":\"a\",\"text\":\"x\"}\n", 1000)));
        packed[20] ^= 0xFF;
        var error = await Assert.ThrowsAsync<CollectionFormatException>(async () =>
            await BeirReader.ReadDocumentsAsync(Streams.Of(packed), "c.gz", cancellation: Cancellation).ToArrayAsync(Cancellation));
        Assert.StartsWith("c.gz", error.Message);
    }

    [Fact]
    public async Task Reads_queries_and_judgments()
    {
        var queries = await BeirReader.ReadQueriesAsync(
            Streams.Of("{\"_id\":\"1\",\"text\":\"q\",\"excluded_ids\":[\"x\",\"N/A\"]}\n{\"_id\":\"2\",\"text\":\"\"}"), "q", cancellation: Cancellation)
            .ToArrayAsync(Cancellation);
        Assert.Equal(["x"], queries[0].ExcludedIds);
        Assert.Empty(queries[1].ExcludedIds);

        Judgment[] expected = [new("1", "d 1", 2), new("2", "d2", -1)];
        foreach (var header in (string[])["query-id\tcorpus-id\tscore\r\n", ""])
            Assert.Equal(expected, await BeirReader.ReadJudgmentsAsync(
                Streams.Of(header + "1\td 1\t2\r\n2\td2\t-1"), "t", cancellation: Cancellation).ToArrayAsync(Cancellation));
    }

    [Theory]
    [InlineData("1\td\n", "t, line 1: expected 3 columns")]
    [InlineData("q\tc\ts\n1\td\tgood\n", "t, line 2, field \"score\": expected an integer, found \"good\".")]
    [InlineData("q\tc\ts\n\td\t1\n", "t, line 2, field \"query-id\": an id should have 1 to")]
    [InlineData("q\tc\ts\n1\td\t99999999999\n", "t, line 2, field \"score\": expected an integer")]
    public async Task Names_the_line_of_a_wrong_judgment(string text, string message)
    {
        var error = await Assert.ThrowsAsync<CollectionFormatException>(async () =>
            await BeirReader.ReadJudgmentsAsync(Streams.Of(text), "t", cancellation: Cancellation).ToArrayAsync(Cancellation));
        Assert.StartsWith(message, error.Message);
    }

    [Fact]
    public async Task Reads_a_real_folder()
    {
        var folder = new BeirFolder(SharedData.Require("data/scifact"));
        Assert.Equal(["test", "train"], folder.Splits);
        Assert.Equal(5183, await folder.ReadDocumentsAsync(Cancellation).CountAsync(Cancellation));
        Assert.Equal(339, await folder.ReadJudgmentsAsync("test", Cancellation).CountAsync(Cancellation));
        Assert.Equal(1109, await folder.ReadQueriesAsync(Cancellation).CountAsync(Cancellation));
        Assert.Contains("it has test, train", Assert.Throws<CollectionFormatException>(() => folder.ReadJudgmentsAsync("dev", Cancellation)).Message);
        Assert.Throws<CollectionFormatException>(() => new BeirFolder(SharedData.Require("data/bright")));
    }

    [Fact]
    public async Task Reads_BRIGHT()
    {
        var folder = new BrightFolder(SharedData.Require("data/bright/pool-theoremqa_questions"));
        Assert.Equal(800, await folder.ReadDocumentsAsync(Cancellation).CountAsync(Cancellation));
        var examples = await folder.ReadExamplesAsync(cancellation: Cancellation).ToArrayAsync(Cancellation);
        Assert.Equal(194, examples.Length);
        Assert.All(examples, example => Assert.All(example.Judgments, judgment => Assert.Equal((example.Query.Id, 1), (judgment.QueryId, judgment.Grade))));
        Assert.DoesNotContain(examples, example => example.Query.ExcludedIds.Contains("N/A"));
        Assert.Contains("\"reasoning\"", examples[0].Query.MetadataJson);
    }
}
