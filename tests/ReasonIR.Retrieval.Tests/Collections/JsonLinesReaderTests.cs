using ReasonIR.Retrieval.Collections;

namespace ReasonIR.Retrieval.Tests.Collections;

public sealed class JsonLinesReaderTests
{
    static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Reads_chosen_fields()
    {
        const string lines = "{\"url\":\"u\",\"body\":\"x\",\"name\":null,\"tags\":[1,2]}\n{\"url\":\"v\",\"body\":\"y\",\"name\":\"N\"}\n";
        var chosen = new CollectionColumns("body", "url", "name", Metadata: ["tags", "absent"]);
        Assert.Equal(
            [new("u", "", "x", "{\"tags\":[1,2]}"), new("v", "N", "y")],
            await JsonLinesReader.ReadDocumentsAsync(Streams.Of(lines), "l", chosen, cancellation: Cancellation).ToArrayAsync(Cancellation));
        Assert.Equal(
            ["1 x", "2 y"],
            await JsonLinesReader.ReadQueriesAsync(Streams.Of(lines), "l", new("body"), cancellation: Cancellation)
                .Select(query => $"{query.Id} {query.Text}").ToArrayAsync(Cancellation));
    }
}
