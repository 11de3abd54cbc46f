using System.Text.Json;
using System.Text.Json.Nodes;
using ReasonIR.Retrieval.Analysis;
using ReasonIR.Retrieval.Bm25;
using ReasonIR.Retrieval.Qdrant;
using ReasonIR.Retrieval.Runs;
using ReasonIR.Testing;
using ReasonIR.Testing.Qdrant;
using Xunit;

namespace ReasonIR.Retrieval.Tests.Qdrant;

/// <summary>
/// BM25 as sparse vectors ranks as the embedded index does: on a server that adds up the stored vectors as Qdrant does, and on a real one where
/// <c>ConnectionStrings__qdrant_http</c> names one.
/// </summary>
public sealed class QdrantBm25IndexTests
{
    /// <summary>Scores are sums of floats, in another order.</summary>
    const double Rounding = 2e-6;

    static readonly Bm25Parameters[] forms = [new(), new(Bm25Variant.Bright)];

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Random_collections_rank_as_in_the_embedded_index(bool live)
    {
        await using var server = await ServerAsync(live);
        var random = new Random(11);
        // Many words in few documents and few in many, texts of all lengths, one without words.
        string Text(int words) => string.Join(' ', Enumerable.Range(0, words).Select(_ => $"w{(int)(400 * Math.Pow(random.NextDouble(), 3))}"));
        var documents = Enumerable.Range(0, 700).Select(i => (Id: $"d{i}", Text: i == 5 ? "..." : Text(1 + random.Next(1, 200)))).ToList();
        var queries = Enumerable.Range(0, 40).Select(i => Text(1 + i)).Append("nothing of it").ToList();
        var exclude = queries.Select((_, i) => i % 3 == 0 ? (IReadOnlySet<string>)Enumerable.Range(0, 700).Where(_ => random.Next(10) == 0).Select(j => $"d{j}").ToHashSet() : null).ToList();
        await SameAsync(server, documents, queries, exclude);
    }

    [Fact]
    public async Task SciFact_gives_the_same_hundred()
    {
        await using var server = await ServerAsync(live: false);
        IEnumerable<(string Id, string Text)> Read(string file, params string[] fields) => File.ReadLines(SharedData.Require($"data/scifact/{file}")).Select(line => JsonDocument.Parse(line).RootElement)
            .Select(json => (json.GetProperty("_id").GetString()!, string.Join(' ', fields.Select(field => json.GetProperty(field).GetString()))));
        var judged = File.ReadLines(SharedData.Require("data/scifact/qrels/test.tsv")).Skip(1).Select(line => line.Split('\t')[0]).ToHashSet();
        await SameAsync(server, [.. Read("corpus.jsonl", "title", "text")], [.. Read("queries.jsonl", "text").Where(query => judged.Contains(query.Id)).Take(60).Select(query => query.Text)], null);
    }

    [Fact]
    public async Task Other_parameters_and_other_collections_are_refused()
    {
        await using var server = await ServerAsync(live: false);
        using var terms = Bm25Index.BuildTemporary([("a", "moon sea")], LuceneEnglishAnalyzer.Instance, Token);
        var index = await QdrantBm25Index.CreateAsync(server.Client, "one", terms, 1.2, 0.75, cancellation: Token);
        await index.UpsertAsync([("a", "moon sea")], cancellation: Token);
        Assert.Equal("a", Assert.Single((await index.SearchAsync(["moon"], 5, new(K1: 1.2, B: 0.75), cancellation: Token))[0]).Id);
        Assert.Contains("made with k1 1.2 and b 0.75, the query asks for 0.9 and 0.4", (await Assert.ThrowsAsync<ArgumentException>(() => index.SearchAsync(["moon"], 5, cancellation: Token))).Message);
        await Assert.ThrowsAsync<KeyNotFoundException>(() => index.UpsertAsync([("b", "moon")], cancellation: Token));
        await Assert.ThrowsAsync<QdrantException>(() => QdrantBm25Index.CreateAsync(server.Client, "one", terms, cancellation: Token));
        await Assert.ThrowsAsync<QdrantException>(() => QdrantBm25Index.OpenAsync(server.Client, "none", terms, cancellation: Token));
        await server.Client.CreateAsync("other", new(SparseVectors: new Dictionary<string, QdrantSparse> { ["lucene"] = new() }), cancellation: Token);
        Assert.Contains("expected lucene and bright", (await Assert.ThrowsAsync<QdrantException>(() => QdrantBm25Index.OpenAsync(server.Client, "other", terms, cancellation: Token))).Message);
    }

    /// <summary>The stand-in is held to what a real server answered.</summary>
    [Fact]
    public async Task The_stand_in_answers_as_the_recorded_server_did()
    {
        await using var server = await QdrantStandIn.StartAsync(Token);
        using var http = new HttpClient { BaseAddress = new(server.Address) };
        foreach (var name in new[] { "sparse: create with a named dense and a sparse vector", "sparse: upsert", "sparse: query", "sparse: query with no common index" })
        {
            var exchange = Transcript.Find(name);
            using var answer = await http.SendAsync(new(new(exchange.Method), exchange.Path.TrimStart('/')) { Content = new StringContent(exchange.Request!.ToJsonString()) }, Token);
            Assert.Equal(exchange.Answer.Status, (int)answer.StatusCode);
            Assert.Equal(Hits(exchange.Answer.Body), Hits(await answer.Content.ReadAsStringAsync(Token)));
        }

        static IEnumerable<(int, float)> Hits(string body) => JsonNode.Parse(body)!["result"] is JsonObject { } result && result["points"] is JsonArray points
            ? points.Select(point => ((int)point!["id"]!, (float)point["score"]!)) : [];
    }

    static async Task SameAsync(Server server, IReadOnlyList<(string Id, string Text)> documents, IReadOnlyList<string> queries, IReadOnlyList<IReadOnlySet<string>?>? exclude)
    {
        const int Wanted = 100;
        using var embedded = Bm25Index.BuildTemporary(documents, LuceneEnglishAnalyzer.Instance, Token);
        var name = $"reasonir-test-{Guid.NewGuid():N}";
        try
        {
            var index = await QdrantBm25Index.CreateAsync(server.Client, name, embedded, cancellation: Token);
            await index.UpsertAsync(documents, "tests", Token);
            await index.FinishAsync(cancellation: Token);
            var opened = await QdrantBm25Index.OpenAsync(server.Client, name, embedded, cancellation: Token);
            foreach (var form in forms)
            {
                var found = await opened.SearchAsync(queries, Wanted, form, exclude, Token);
                for (var q = 0; q < queries.Count; q++)
                {
                    var expected = embedded.Search(queries[q], Wanted, form, exclude?[q]);
                    Assert.Equal(expected.Count, found[q].Count);
                    // Documents whose scores differ by rounding alone may change places, also across the cut.
                    for (var rank = 0; rank < expected.Count; rank++)
                        Assert.Equal(expected[rank].Score, found[q][rank].Score, Rounding * Math.Max(1, expected[rank].Score));
                    var last = expected.Count == 0 ? 0 : expected[^1].Score * (1 + 2 * Rounding) + 1e-9;
                    Assert.Equal(
                        expected.Where(document => document.Score > last).Select(document => document.Id).Order(StringComparer.Ordinal),
                        found[q].Where(document => expected.Any(other => other.Id == document.Id && other.Score > last)).Select(document => document.Id).Order(StringComparer.Ordinal));
                }
            }
            Assert.All(await opened.SearchAsync([new WeightedTerm("w1", 0.25)], 5, cancellation: Token), hit => Assert.True(hit.Score > 0));
        }
        finally
        {
            await server.Client.DeleteAsync(name, cancellation: Token);
        }
    }

    static async Task<Server> ServerAsync(bool live)
    {
        if (!live)
        {
            var standIn = await QdrantStandIn.StartAsync(Token);
            return new(new(QdrantEndpoint.Parse(standIn.Address)), standIn);
        }
        var named = Environment.GetEnvironmentVariable("ConnectionStrings__qdrant_http");
        Assert.SkipWhen(string.IsNullOrEmpty(named), "needs a Qdrant server that ConnectionStrings__qdrant_http names (Endpoint=http://HOST:6333;Key=KEY); none is named");
        return new(new(QdrantEndpoint.Parse(named!)), null);
    }

    sealed record Server(QdrantClient Client, QdrantStandIn? StandIn) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            Client.Dispose();
            if (StandIn is not null)
                await StandIn.DisposeAsync();
        }
    }
}
