using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using ReasonIR.Retrieval.Qdrant;
using Xunit;

namespace ReasonIR.Retrieval.Tests.Qdrant;

/// <summary>The client against recorded exchanges with a real server: what it sends is what was sent, what it reads is what was answered.</summary>
public sealed class QdrantClientTests
{
    static readonly QdrantCollectionSettings Small = new(new(8, "Cosine"), ShardNumber: 1, OnDiskPayload: true, HnswConfig: new(16, 128, 10), OptimizersConfig: new(2, 10000));

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public Task Server_and_health() => ReplayAsync(["root", "readyz"], async client =>
    {
        Assert.Equal("1.18.3", (await client.CheckVersionAsync(Token)).Version);
        Assert.True(await client.IsReadyAsync(Token));
    });

    [Fact]
    public Task Collections() => ReplayAsync(
        ["list collections, none", "exists, no", "info of a missing collection", "delete a missing collection", "create collection", "create the same collection again", "exists, yes",
            "list collections, one", "info, empty collection", "payload index keyword", "payload index integer", "patch: indexing off", "delete collection", "delete collection again"], async client =>
    {
        Assert.Empty(await client.ListAsync(Token));
        Assert.False(await client.ExistsAsync("missing", Token));
        var missing = await Assert.ThrowsAsync<QdrantException>(() => client.InfoAsync("missing", Token));
        Assert.Equal(HttpStatusCode.NotFound, missing.Status);
        Assert.Contains("Not found: Collection `missing` doesn't exist!", missing.Message);
        Assert.False(await client.DeleteAsync("missing", cancellation: Token));
        await client.CreateAsync("docs_v1", Small, 30, Token);
        Assert.Equal(HttpStatusCode.Conflict, (await Assert.ThrowsAsync<QdrantException>(() => client.CreateAsync("docs_v1", Small, cancellation: Token))).Status);
        Assert.True(await client.ExistsAsync("docs_v1", Token));
        Assert.Equal(["docs_v1"], await client.ListAsync(Token));
        var info = await client.InfoAsync("docs_v1", Token);
        Assert.Equal(("green", 0L, 8, "Cosine", 1), (info.Status, info.PointsCount!.Value, info.Config!.Params!.Vectors!.Value.GetProperty("size").GetInt32(),
            info.Config.Params.Vectors.Value.GetProperty("distance").GetString(), info.Config.Params.ShardNumber!.Value));
        Assert.Equal("completed", (await client.IndexFieldAsync("docs_v1", "doc_id", "keyword", Token)).Status);
        await client.IndexFieldAsync("docs_v1", "part", "integer", Token);
        await client.ChangeAsync("docs_v1", new(new(IndexingThreshold: 0)), 30, Token);
        Assert.True(await client.DeleteAsync("docs_v1", 30, Token));
        Assert.False(await client.DeleteAsync("docs_v1", 30, Token));
    });

    [Fact]
    public Task Names_are_escaped() => ReplayAsync(["create: name with a slash", "create: name with a letter beyond ASCII", "delete that name"], async client =>
    {
        Assert.Contains("cannot contain", (await Assert.ThrowsAsync<QdrantException>(() => client.CreateAsync("a/b", Small, cancellation: Token))).Message);
        await client.CreateAsync("café x", Small, cancellation: Token);
        await client.DeleteAsync("café x", cancellation: Token);
    });

    [Fact]
    public Task Points() => ReplayAsync(["upsert, point form", "upsert: no points", "upsert: wrong dimension", "upsert into a missing collection"], async client =>
    {
        Assert.Equal(13, (await client.UpsertAsync("docs_v1", PointsOf("upsert, point form"), Token)).OperationId);
        Assert.Contains("Empty update request", (await Assert.ThrowsAsync<QdrantException>(() => client.UpsertAsync("docs_v1", [], Token))).Message);
        var wrong = await Assert.ThrowsAsync<QdrantException>(() => client.UpsertAsync("docs_v1", PointsOf("upsert: wrong dimension"), Token));
        Assert.Contains("expected dim: 8, got 3", wrong.Message);
        await Assert.ThrowsAsync<QdrantException>(() => client.UpsertAsync("missing", PointsOf("upsert into a missing collection"), Token));
    });

    [Fact]
    public async Task Numbers_that_the_server_would_lose_are_not_sent()
    {
        await using var server = new LocalServer(_ => throw new InvalidOperationException("nothing was to be sent"));
        using var client = new QdrantClient(new(server.Address));

        await Assert.ThrowsAsync<ArgumentException>(() => client.UpsertAsync("c", [new(1ul, new[] { float.PositiveInfinity })], Token));
        await Assert.ThrowsAsync<ArgumentException>(() => client.QueryAsync("c", new(new[] { float.NaN }, 1), Token));
    }

    [Fact]
    public Task Filters() => ReplayAsync(["count exact", "count match", "count match any", "count match integer", "count in a missing collection"], async client =>
    {
        Assert.Equal(64, await client.CountAsync("docs_v1", cancellation: Token));
        Assert.Equal(4, await client.CountAsync("docs_v1", new([new("doc_id", new(JsonValue.Create("doc-05")))]), Token));
        Assert.Equal(12, await client.CountAsync("docs_v1", new([new("doc_id", new(Any: ["doc-00", "doc-05", "doc-11"]))]), Token));
        Assert.Equal(16, await client.CountAsync("docs_v1", new([new("part", new(JsonValue.Create(3)))]), Token));
        await Assert.ThrowsAsync<QdrantException>(() => client.CountAsync("missing", cancellation: Token));
    });

    [Fact]
    public Task Queries() => ReplayAsync(
        ["query batch", "query batch, none", "query batch, one is wrong", "query groups by an integer field", "int8: query with rescoring and oversampling", "int8: query exact", "query the index, hnsw_ef"],
        async client =>
    {
        var batch = Transcript.Find("query batch");
        var queries = batch.Request!["searches"]!.AsArray().Select(search => new QdrantQuery(Floats(search!["query"]!), 3, Payload: ["doc_id"])).ToList();
        var found = await client.QueryBatchAsync("docs_v1", queries, Token);
        Assert.Equal(queries.Count, found.Length);
        Assert.Equal((4, 0.81271476f, "doc-00"), (found[0][0].Id.GetInt32(), found[0][0].Score, found[0][0].Payload!.Value.GetProperty("doc_id").GetString()));
        Assert.Empty(await client.QueryBatchAsync("docs_v1", [], Token));
        await Assert.ThrowsAsync<QdrantException>(() => client.QueryBatchAsync("docs_v1", [new(queries[0].Vector, 2), new(new float[] { 1, 2 }, 2)], Token));
        var groups = await client.QueryGroupsAsync("docs_v1", new(queries[0].Vector, 2), "part", Token);
        Assert.Equal([(3, 0.81271476f), (2, 0.7168934f)], groups.Select(group => (group.Id.GetInt32(), group.Hits[0].Score)));
        Assert.Equal(5, (await client.QueryAsync("quant_int8", new(queries[0].Vector, 5, Params: new(HnswEf: 64, Quantization: new(false, true, 2))), Token)).Count);
        Assert.Equal(5, (await client.QueryAsync("quant_int8", new(queries[0].Vector, 5, Params: new(Exact: true)), Token)).Count);
        Assert.Equal(0.81271476f, (await client.QueryAsync("docs_v1", new(queries[0].Vector, 5, Params: new(HnswEf: 64)), Token))[0].Score);
    });

    [Fact]
    public Task Sparse_vectors() => ReplayAsync(["sparse: point with one of the vectors only", "sparse: query with no common index", "sparse: query with idf"], async client =>
    {
        var one = new QdrantSparseVector([1, 7, 42], [1, 0.5f, 2]);
        await client.UpsertAsync("hybrid", [new(9ul, default, Sparse: new Dictionary<string, QdrantSparseVector> { ["plain"] = one })], Token);
        Assert.Empty(await client.QueryAsync("hybrid", new(default, 3, Sparse: new([1000], [1]), Using: "plain"), Token));
        Assert.Equal([3, 1, 2], (await client.QueryAsync("hybrid", new(default, 3, Sparse: new([7, 42], [1, 1]), Using: "bm25"), Token)).Select(hit => hit.Id.GetInt32()));
    });

    [Fact]
    public Task Quantization() => ReplayAsync(["int8: create"], client => client.CreateAsync("quant_int8",
        new(new(8, "Cosine", OnDisk: true), OptimizersConfig: new(1, 1), QuantizationConfig: new(new(Quantile: 0.99, AlwaysRam: true))), cancellation: Token));

    [Fact]
    public Task Replicas() => ReplayAsync(["replication factor 2 on a single node"], client =>
        client.CreateAsync("replicated", new(new(8, "Cosine"), ReplicationFactor: 2, WriteConsistencyFactor: 2), cancellation: Token));

    [Fact]
    public Task Aliases() => ReplayAsync(["alias create", "alias list", "alias create over an existing alias"], async client =>
    {
        await client.SetAliasAsync("docs", "docs_v1", Token);
        Assert.Equal([new("docs_v1", "docs")], await client.AliasesAsync(Token));
        await client.SetAliasAsync("docs", "docs_v1", Token);
    });

    [Fact]
    public Task Snapshots() => ReplayAsync(["snapshot create", "snapshot list", "snapshot delete", "snapshot delete again", "snapshot list, none", "snapshot recover from a file that is missing"], async client =>
    {
        var taken = await client.TakeSnapshotAsync("docs_v1", Token);
        Assert.Equal(taken, Assert.Single(await client.SnapshotsAsync("docs_v1", Token)));
        Assert.True(taken is { Size: 267776, Checksum.Length: 64 });
        Assert.True(await client.DeleteSnapshotAsync("docs_v1", taken.Name, Token));
        await Assert.ThrowsAsync<QdrantException>(() => client.DeleteSnapshotAsync("docs_v1", taken.Name, Token));
        Assert.Empty(await client.SnapshotsAsync("docs_v1", Token));
        Assert.Contains("does not exist", (await Assert.ThrowsAsync<QdrantException>(() => client.RecoverAsync("docs_v1", "file:///nowhere/nothing.snapshot", cancellation: Token))).Message);
    });

    [Fact]
    public async Task Keys()
    {
        await ReplayAsync(["key: list with the key"], async client => Assert.Empty(await client.ListAsync(Token)), "secret-key");
        await ReplayAsync(["key: list with a wrong key"], async client =>
        {
            var refused = await Assert.ThrowsAsync<QdrantException>(() => client.ListAsync(Token));
            Assert.Contains("Invalid API key or JWT (the key of ConnectionStrings__qdrant_http is missing or wrong)", refused.Message);
        }, "wrong");
        await ReplayAsync(["key: create with the read-only key"], async client =>
            Assert.Contains("may not write", (await Assert.ThrowsAsync<QdrantException>(() => client.CreateAsync("docs_v1", new(new(8, "Cosine")), cancellation: Token))).Message), "reader-key");
    }

    [Fact]
    public async Task What_is_refused_for_a_while_is_sent_again_and_what_can_never_pass_is_not()
    {
        var limited = Transcript.Find("rate limit: three more");
        var (server, asked) = Transcript.Serve(
            limited with { Answer = limited.Answer with { RetryAfter = "1" } }, limited with { Answer = new(503, "") }, limited with { Answer = Transcript.Find("rate limit: three points").Answer });
        await using (server)
        using (var client = new QdrantClient(new(server.Address), TimeSpan.FromMilliseconds(1)))
            Assert.Equal("completed", (await client.UpsertAsync("rate", PointsOf("rate limit: three more"), Token)).Status);
        asked();
        await ReplayAsync(["rate limit: more at once than the limit"], async client =>
            Assert.Equal(HttpStatusCode.TooManyRequests, (await Assert.ThrowsAsync<QdrantException>(() => client.UpsertAsync("rate", PointsOf("rate limit: more at once than the limit"), Token))).Status));
    }

    [Theory]
    [InlineData("""{"title":"qdrant - vector search engine","version":"1.9.7"}""", "is version 1.9.7; 1.10 or newer is needed")]
    [InlineData("""{"title":"something else","version":"1.18.0"}""", "not as Qdrant's REST interface does")]
    [InlineData("<html>", "not as Qdrant's REST interface does")]
    public async Task Another_server_or_version_is_refused_with_what_is_needed(string root, string message)
    {
        await using var server = new LocalServer(_ => new(200, root));
        using var client = new QdrantClient(new(server.Address));

        Assert.Contains(message, (await Assert.ThrowsAsync<QdrantException>(() => client.CheckVersionAsync(Token))).Message);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_named()
    {
        using var client = new QdrantClient(new(new("http://127.0.0.1:9")), TimeSpan.FromMilliseconds(1));

        Assert.Contains("http://127.0.0.1:9/ cannot be reached", (await Assert.ThrowsAsync<QdrantException>(() => client.CheckVersionAsync(Token))).Message);
        Assert.False(await client.IsReadyAsync(Token));
    }

    [Theory]
    [InlineData("Endpoint=http://q:6333;Key=k", "http://q:6333/", "k")]
    [InlineData("endpoint=https://q/; key=", "https://q/", null)]
    [InlineData("http://q:6333", "http://q:6333/", null)]
    public void Connection_strings(string text, string address, string? key) => Assert.Equal(new(new(address), key), QdrantEndpoint.Parse(text));

    [Fact]
    public void A_wrong_connection_string_does_not_tell_its_key() =>
        Assert.DoesNotContain("secret", Assert.Throws<ArgumentException>(() => QdrantEndpoint.Parse("Key=secret")).Message);

    [Fact]
    public void Many_points_become_requests_below_the_limit()
    {
        var random = new Random(1);
        var points = Enumerable.Range(0, 900).Select(i => new QdrantPoint((ulong)i, Enumerable.Range(0, 1024).Select(_ => random.NextSingle() - 0.5f).ToArray())).ToList();

        var bodies = QdrantUpload.Bodies(points).ToList();

        Assert.All(bodies, body => Assert.InRange(body.Length, 1, 5_000_000));
        Assert.InRange(bodies.Count, 2, 4);
        var ids = bodies.SelectMany(body => JsonNode.Parse(body.Span)!["points"]!.AsArray().Select(point => (int)point!["id"]!));
        Assert.Equal(Enumerable.Range(0, 900), ids);
        Assert.Empty(QdrantUpload.Bodies([]));
        Assert.Equal(900, QdrantUpload.Bodies(points, mostBytes: 10).Count());
    }

    static async Task ReplayAsync(string[] names, Func<QdrantClient, Task> calls, string? key = null)
    {
        var (server, asked) = Transcript.Serve([.. names.Select(Transcript.Find)]);
        await using (server)
        using (var client = new QdrantClient(new(server.Address, key), TimeSpan.FromMilliseconds(1)))
            await calls(client);
        asked();
    }

    static IEnumerable<QdrantPoint> PointsOf(string name) => Transcript.Find(name).Request!["points"]!.AsArray().Select(point =>
        new QdrantPoint((ulong)point!["id"]!, Floats(point["vector"]!), point["payload"]!.DeepClone().AsObject()));

    static float[] Floats(JsonNode vector) => vector.Deserialize<float[]>()!;
}
