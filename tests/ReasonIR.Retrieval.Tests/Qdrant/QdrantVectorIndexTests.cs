using ReasonIR.Retrieval.Qdrant;
using ReasonIR.Retrieval.Tests.Vectors;
using ReasonIR.Retrieval.Vectors;
using Xunit;

namespace ReasonIR.Retrieval.Tests.Qdrant;

/// <summary>The contract on a real server, where <c>ConnectionStrings__qdrant_http</c> names one.</summary>
public sealed class QdrantVectorIndexTests : VectorIndexContract, IAsyncDisposable
{
    readonly QdrantClient? client = Environment.GetEnvironmentVariable("ConnectionStrings__qdrant_http") is { Length: > 0 } server ? new(QdrantEndpoint.Parse(server)) : null;
    readonly List<string> collections = [];

    protected override async Task<IVectorIndex> CreateAsync(VectorIndexSettings settings)
    {
        Assert.SkipWhen(client is null, "needs a Qdrant server that ConnectionStrings__qdrant_http names (Endpoint=http://HOST:6333;Key=KEY); none is named");
        collections.Add($"reasonir-test-{Guid.NewGuid():N}");
        return await QdrantVectorIndex.CreateAsync(client!, collections[^1], settings, "tests", cancellation: Cancellation);
    }

    [Fact]
    public async Task A_bulk_load_is_indexed_at_its_end_and_an_alias_moves_to_it()
    {
        using var first = await CreateAsync(new(4));
        var second = $"reasonir-test-{Guid.NewGuid():N}";
        collections.Add(second);
        var bulk = await QdrantVectorIndex.CreateAsync(client!, second, new(4), bulk: true, cancellation: Cancellation);
        await bulk.UpsertAsync([new("a", new float[] { 1, 2, 3, 4 })], Cancellation);
        await bulk.FinishAsync(cancellation: Cancellation);
        var alias = $"{second}-alias";
        await client!.SetAliasAsync(alias, ((QdrantVectorIndex)first).Collection, Cancellation);
        await client.SetAliasAsync(alias, second, Cancellation);

        using var opened = await QdrantVectorIndex.OpenAsync(client, alias, new(4), cancellation: Cancellation);
        Assert.Equal("a", Assert.Single(await opened.SearchAsync(new float[] { 1, 2, 3, 4 }, 5, cancellation: Cancellation)).Id);
        await Assert.ThrowsAsync<QdrantException>(() => QdrantVectorIndex.OpenAsync(client, alias, new(5), cancellation: Cancellation));
        await client.RemoveAliasAsync(alias, Cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var collection in collections)
            await client!.DeleteAsync(collection);
        client?.Dispose();
    }
}
