using System.Net;
using ReasonIR.Contracts;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Search;
using ReasonIR.Experiments.Runs;
using ReasonIR.Testing;
using ReasonIR.Testing.Qdrant;
using ReasonIR.Testing.Services;

namespace ReasonIR.Search.Tests;

/// <summary>BM25 indexes at a server that adds up sparse vectors as Qdrant does.</summary>
public sealed class QdrantBm25Tests(PostgresFixture postgres)
{
    const string Corpus = """
        {"_id":"moon","title":"Tides","text":"The moon pulls the sea and the tide rises."}
        {"_id":"boat","text":"A rising tide lifts boats in the harbor."}
        {"_id":"kettle","text":"The kettle sings before the water boils."}

        """;

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_engine_is_chosen_with_the_index_and_ranks_alike()
    {
        await using var qdrant = await QdrantStandIn.StartAsync(Token);
        await using var service = await ServiceUnderTest<Program>.StartAsync(postgres, ("ConnectionStrings:qdrant_http", qdrant.Address), ("Qdrant:Prefix", "t"));
        var client = new SearchClient(service.Http);
        await service.MakeAsync<ImportOutput>(new ImportSpec("c", service.Upload(("corpus.jsonl", Corpus))));
        await service.MakeAsync<IndexOutput>(new IndexSpec("c", "bm25"));
        var embedded = await RankAsync("lucene", "bright");
        Assert.Empty(qdrant.Requests);

        Assert.False((await service.MakeAsync<IndexOutput>(new IndexSpec("c", "bm25", Engine: "qdrant"))).Reused);
        Assert.Single(qdrant.Collections, name => name.StartsWith("t-c-bm25~-", StringComparison.Ordinal));
        var remote = await RankAsync("lucene", "bright");
        Assert.Equal(embedded.Select(hit => (hit.Id, Math.Round(hit.Score, 5))), remote.Select(hit => (hit.Id, Math.Round(hit.Score, 5))));
        Assert.Equal(2, qdrant.Requests.Count(request => request.EndsWith("/points/query/batch", StringComparison.Ordinal)));
        // Whoever asks for an index and no engine takes the one that is there.
        Assert.True((await service.MakeAsync<IndexOutput>(new IndexSpec("c", "bm25"))).Reused);

        var refused = await Assert.ThrowsAsync<ServiceException>(() => client.SearchAsync(new("c", "tide", new("bm25", "bm25", Bm25: new(K1: 1.2))), Token));
        Assert.Equal((HttpStatusCode.BadRequest, true), (refused.Status, refused.Message.Contains("made with k1 0.9 and b 0.4, the query asks for 1.2 and 0.4")));
        Assert.Equal("moon", (await client.SearchAsync(new("c", "moon", new("bm25", "bm25"), Exclude: ["boat"], Explain: true), Token)).Hits.Single().DocumentId);

        // New content is another collection; the former one goes.
        var first = qdrant.Collections.Single();
        await service.MakeAsync<ImportOutput>(new ImportSpec("c", service.Upload(("corpus.jsonl", Corpus + "{\"_id\":\"neap\",\"text\":\"a neap tide\"}\n"))));
        await service.MakeAsync<IndexOutput>(new IndexSpec("c", "bm25", Engine: "qdrant", K1: 1.2, B: 0.75));
        Assert.NotEqual(first, Assert.Single(qdrant.Collections));
        Assert.Contains("neap", (await client.SearchAsync(new("c", "tide", new("bm25", "bm25", Bm25: new(K1: 1.2, B: 0.75))), Token)).Hits.Select(hit => hit.DocumentId));

        async Task<List<(string Id, double Score)>> RankAsync(params string[] variants)
        {
            var hits = new List<(string, double)>();
            foreach (var variant in variants)
                hits.AddRange((await client.SearchAsync(new("c", "a rising tide in the harbor sea", new("bm25", "bm25", Bm25: new(variant))), Token)).Hits.Select(hit => (hit.DocumentId, hit.Score)));
            return hits;
        }
    }

    [Fact]
    public async Task Without_a_server_or_with_passages_it_is_said()
    {
        await using var service = await ServiceUnderTest<Program>.StartAsync(postgres);
        await service.MakeAsync<ImportOutput>(new ImportSpec("c", service.Upload(("corpus.jsonl", Corpus))));
        var run = await service.RunAsync(new IndexSpec("c", "bm25", Engine: "qdrant"));
        Assert.Equal((RunState.Failed, true), (run.State, run.Error!.Contains("no Qdrant server is named")));
        Assert.Equal(3, new IndexSpec("c", "dense", "m", Engine: "lucene", K1: 1).Problems().Count());
        Assert.Contains("whole documents", Assert.Single(new IndexSpec("c", "bm25", Passages: "tokens:256:64", Engine: "qdrant").Problems()));
    }
}
