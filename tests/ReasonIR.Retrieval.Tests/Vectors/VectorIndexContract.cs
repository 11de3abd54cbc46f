using ReasonIR.Retrieval.Ranking;
using ReasonIR.Retrieval.Vectors;
using Xunit;

namespace ReasonIR.Retrieval.Tests.Vectors;

/// <summary>What every vector index must do; a subclass for each says how one is built.</summary>
public abstract class VectorIndexContract
{
    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>Builds an index over the vectors, in this order.</summary>
    protected abstract Task<IVectorIndex> BuildAsync(VectorMetric metric, IReadOnlyList<(string Id, float[] Vector)> vectors);

    [Theory]
    [InlineData(VectorMetric.Dot, 1)]
    [InlineData(VectorMetric.Dot, 7)]
    [InlineData(VectorMetric.Cosine, 16)]
    [InlineData(VectorMetric.Cosine, 33)]
    [InlineData(VectorMetric.Dot, 200)]
    public async Task Finds_what_a_plain_sort_finds(VectorMetric metric, int dimension)
    {
        var random = new Random(dimension);
        var vectors = RandomVectors(random, 301, dimension);
        using var index = await BuildAsync(metric, vectors);

        for (var trial = 0; trial < 5; trial++)
        {
            var query = RandomVector(random, dimension);
            var found = await index.SearchAsync(query, 10, cancellation: Cancellation);

            var expected = Sorted(metric, vectors, query).Take(10).ToList();
            Assert.Equal(expected.Select(d => d.Id), found.Select(d => d.Id));
            Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First.Score, pair.Second.Score, 1e-5 * (1 + Math.Abs(pair.First.Score))));
        }
    }

    [Fact]
    public async Task A_batch_gives_the_same_as_one_by_one()
    {
        var random = new Random(1);
        var vectors = RandomVectors(random, 500, 24);
        using var index = await BuildAsync(VectorMetric.Cosine, vectors);
        var queries = Enumerable.Range(0, 71).Select(_ => RandomVector(random, 24)).ToList();
        var exclude = queries.Select((_, q) => q % 3 == 0 ? null : new HashSet<string> { $"d{q}", $"d{q + 1}", "unknown" }).ToList();

        var batch = await index.SearchBatchAsync(
            queries.SelectMany(q => q).ToArray(), 9, exclude, Cancellation);

        Assert.Equal(queries.Count, batch.Length);
        for (var q = 0; q < queries.Count; q++)
            Assert.Equal(await index.SearchAsync(queries[q], 9, exclude[q], Cancellation), batch[q]);
    }

    [Fact]
    public async Task Ties_are_in_the_order_of_the_bytes_of_ids()
    {
        string[] ids = ["d9", "d88", "d10", "a", "Z", "\U0001F600", "\uFF5E", "é"];
        using var index = await BuildAsync(VectorMetric.Dot, [.. ids.Select(id => (id, new float[] { 1, 0 }))]);

        var all = await index.SearchAsync(new float[] { 2, 5 }, 100, cancellation: Cancellation);
        var three = await index.SearchAsync(new float[] { 2, 5 }, 3, cancellation: Cancellation);

        Assert.Equal(["Z", "a", "d10", "d88", "d9", "é", "\uFF5E", "\U0001F600"], all.Select(d => d.Id));
        Assert.All(all, d => Assert.Equal(2, d.Score));
        Assert.Equal(["Z", "a", "d10"], three.Select(d => d.Id));
    }

    [Fact]
    public async Task Excluded_documents_leave_room_for_the_next()
    {
        using var index = await BuildAsync(
            VectorMetric.Dot, [.. Enumerable.Range(0, 50).Select(i => ($"d{i:00}", new float[] { -i }))]);

        var found = await index.SearchAsync(
            new float[] { 1 }, 3, new HashSet<string> { "d00", "d02", "nowhere" }, Cancellation);
        var nothing = await index.SearchAsync(
            new float[] { 1 }, 3, Enumerable.Range(0, 50).Select(i => $"d{i:00}").ToHashSet(), Cancellation);

        Assert.Equal(["d01", "d03", "d04"], found.Select(d => d.Id));
        Assert.Empty(nothing);
    }

    [Fact]
    public async Task The_cosine_ignores_lengths_and_knows_the_zero_vector()
    {
        using var index = await BuildAsync(VectorMetric.Cosine,
            [("long", [300, 400]), ("short", [3e-20f, 4e-20f]), ("zero", [0, 0]), ("across", [-4, 3]), ("huge", [-3e38f, -3e38f])]);

        var found = await index.SearchAsync(new float[] { 6, 8 }, 10, cancellation: Cancellation);

        Assert.Equal(["long", "short", "across", "zero", "huge"], found.Select(d => d.Id));
        Assert.Equal([1, 1, 0, 0], found.Take(4).Select(d => Math.Round(d.Score, 6)));
        Assert.Equal([0d, 0, 0, 0, 0], (await index.SearchAsync(new float[] { 0, 0 }, 10, cancellation: Cancellation)).Select(d => d.Score));
    }

    [Fact]
    public async Task An_empty_index_finds_nothing()
    {
        using var index = await BuildAsync(VectorMetric.Cosine, []);

        Assert.Equal(0, index.Count);
        Assert.Empty(await index.SearchAsync(new float[index.Dimension], 5, cancellation: Cancellation));
        Assert.Empty(await index.SearchBatchAsync(ReadOnlyMemory<float>.Empty, 5, cancellation: Cancellation));
    }

    [Fact]
    public async Task What_cannot_be_searched_is_refused()
    {
        using var index = await BuildAsync(VectorMetric.Cosine, [("a", [1, 2])]);

        await Assert.ThrowsAsync<ArgumentException>(() => index.SearchAsync(new float[3], 1, cancellation: Cancellation));
        await Assert.ThrowsAsync<ArgumentException>(() => index.SearchBatchAsync(new float[3], 1, cancellation: Cancellation));
        await Assert.ThrowsAsync<ArgumentException>(() => index.SearchAsync(new[] { 1, float.NaN }, 1, cancellation: Cancellation));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => index.SearchAsync(new float[2], 0, cancellation: Cancellation));
        await Assert.ThrowsAsync<ArgumentException>(() => index.SearchBatchAsync(new float[4], 1, [null], Cancellation));
    }

    protected static List<(string Id, float[] Vector)> RandomVectors(Random random, int count, int dimension) =>
        [.. Enumerable.Range(0, count).Select(i => ($"d{i}", RandomVector(random, dimension)))];

    protected static float[] RandomVector(Random random, int dimension)
    {
        var vector = new float[dimension];
        foreach (ref var value in vector.AsSpan())
            value = random.NextSingle() - 0.5f;
        return vector;
    }

    protected static IEnumerable<ScoredDocument> Sorted(
        VectorMetric metric, IEnumerable<(string Id, float[] Vector)> vectors, float[] query) =>
        vectors.Select(v => new ScoredDocument(v.Id, Score(metric, v.Vector, query))).Order(DocumentOrder.Best);

    static double Score(VectorMetric metric, float[] a, float[] b)
    {
        var dot = a.Zip(b).Sum(pair => (double)pair.First * pair.Second);
        return metric == VectorMetric.Dot ? dot : dot / Math.Sqrt(a.Sum(x => (double)x * x) * b.Sum(x => (double)x * x));
    }
}
