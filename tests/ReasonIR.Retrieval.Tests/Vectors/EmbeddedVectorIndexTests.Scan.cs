using ReasonIR.Retrieval.Vectors;
using Xunit;

namespace ReasonIR.Retrieval.Tests.Vectors;

/// <content>What a scan of codes finds.</content>
public abstract partial class EmbeddedVectorIndexTests
{
    [Theory]
    [InlineData(64, 20_000, 10, 1, PartAggregation.Max)]
    [InlineData(300, 3_000, 1000, 1, PartAggregation.Max)]
    [InlineData(48, 4_000, 10, 4, PartAggregation.Max)]
    [InlineData(48, 4_000, 10, 4, PartAggregation.Mean)]
    public void The_scan_of_codes_finds_what_the_scan_of_vectors_finds(int dimension, int documents, int k, int parts, PartAggregation aggregation)
    {
        var random = new Random(9);
        var path = NewFolder();
        using (var builder = new VectorIndexBuilder(path, new(dimension, VectorMetric.Cosine, Storage, aggregation)))
        {
            for (var i = 0; i < documents; i++)
                builder.Add($"d{i}", Enumerable.Range(0, 1 + i % parts).SelectMany(_ => RandomVector(random, dimension)).ToArray());
            builder.Complete();
        }
        using var index = VectorIndex.Open(path);
        using var exact = VectorIndex.Open(path, new(Exact: true));
        var queries = Enumerable.Range(0, 100).SelectMany(_ => RandomVector(random, dimension)).ToArray();

        var found = index.SearchBatch(queries, k, cancellation: Cancellation);

        // Bit for bit, in the same order.
        Assert.Equal(exact.SearchBatch(queries, k, cancellation: Cancellation), found);
        Assert.Equal(found[7], index.Search(queries.AsSpan(7 * dimension, dimension), k));
    }

    [Fact]
    public async Task Ties_at_the_cut_are_in_the_order_of_ids_over_all_segments()
    {
        using var index = VectorIndex.Create(NewFolder(), new(1, VectorMetric.Dot, Storage));
        var ids = Enumerable.Range(0, 400).Select(i => $"d{i * 7 % 400:000}").ToList();
        foreach (var some in ids.Chunk(57))
            await index.UpsertAsync([.. some.Select(id => new VectorDocument(id, new float[] { 1 }))], Cancellation);

        Assert.Equal(ids.Order(StringComparer.Ordinal).Take(30), index.Search([1], 30).Select(d => d.Id));
    }

    [Fact]
    public void Threads_do_not_change_a_bit()
    {
        var random = new Random(4);
        var vectors = RandomVectors(random, 60_003, 40);
        var path = Write(VectorMetric.Dot, vectors);
        using var one = VectorIndex.Open(path, new(Threads: 1));
        using var several = VectorIndex.Open(path, new(Threads: 7));
        var queries = Enumerable.Range(0, 131).SelectMany(_ => RandomVector(random, 40)).ToArray();

        Assert.Equal(one.SearchBatch(queries, 20, cancellation: Cancellation), several.SearchBatch(queries, 20, cancellation: Cancellation));
        Assert.Equal(one.Search(queries.AsSpan(0, 40), 20), several.Search(queries.AsSpan(0, 40), 20));
    }

    [Fact]
    public async Task A_long_document_among_short_ones_is_one_document()
    {
        var random = new Random(12);
        using var index = VectorIndex.Create(NewFolder(), new(8, VectorMetric.Cosine, Storage));
        var parts = Enumerable.Range(0, 5000).SelectMany(_ => RandomVector(random, 8)).ToArray();
        await index.UpsertAsync([.. RandomVectors(random, 3000, 8).Select(pair => new VectorDocument(pair.Id, pair.Vector)), new("long", parts)], Cancellation);

        var found = index.Search(parts.AsSpan(8 * 4321, 8), 3001);

        Assert.Equal(3001, found.Select(d => d.Id).Distinct().Count());
        Assert.Equal("long", found[0].Id);
    }
}
