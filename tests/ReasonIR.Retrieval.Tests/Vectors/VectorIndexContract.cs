using ReasonIR.Retrieval.Ranking;
using ReasonIR.Retrieval.Vectors;
using Xunit;

namespace ReasonIR.Retrieval.Tests.Vectors;

/// <summary>What every vector index must do; a subclass for each says how an empty one is made.</summary>
public abstract class VectorIndexContract
{
    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>How far a score may be from double arithmetic over <see cref="Stored"/>, relative to 1 + its size.</summary>
    protected virtual double Tolerance => 1e-5;

    /// <summary>Makes an empty index.</summary>
    protected abstract Task<IVectorIndex> CreateAsync(VectorIndexSettings settings);

    /// <summary>What the index keeps of a vector that is prepared for its metric.</summary>
    protected virtual float[] Stored(float[] prepared) => prepared;

    protected async Task<IVectorIndex> BuildAsync(VectorMetric metric, IReadOnlyList<(string Id, float[] Vector)> vectors, PartAggregation aggregation = PartAggregation.Max)
    {
        var index = await CreateAsync(new(vectors.Count == 0 ? 3 : vectors[0].Vector.Length, metric, Aggregation: aggregation));
        await index.UpsertAsync([.. vectors.Select(vector => new VectorDocument(vector.Id, vector.Vector))], Cancellation);
        return index;
    }

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

            AssertSame(Sorted(metric, vectors, query).Take(10).ToList(), found);
        }
        Assert.Equal(301, await index.CountAsync(Cancellation));
    }

    [Fact]
    public async Task A_batch_gives_the_same_as_one_by_one()
    {
        var random = new Random(1);
        var vectors = RandomVectors(random, 500, 24);
        using var index = await BuildAsync(VectorMetric.Cosine, vectors);
        var queries = Enumerable.Range(0, 71).Select(_ => RandomVector(random, 24)).ToList();
        var exclude = queries.Select((_, q) => q % 3 == 0 ? null : new HashSet<string> { $"d{q}", $"d{q + 1}", "unknown" }).ToList();

        var batch = await index.SearchBatchAsync(queries.SelectMany(q => q).ToArray(), 9, exclude, cancellation: Cancellation);

        Assert.Equal(queries.Count, batch.Length);
        for (var q = 0; q < queries.Count; q++)
            Assert.Equal(await index.SearchAsync(queries[q], 9, exclude[q], cancellation: Cancellation), batch[q]);
    }

    [Fact]
    public async Task Ties_are_in_the_order_of_the_bytes_of_ids()
    {
        string[] ids = ["d9", "d88", "d10", "a", "Z", "\U0001F600", "\uFF5E", "é"];
        using var index = await BuildAsync(VectorMetric.Dot, [.. ids.Select(id => (id, new float[] { 1, 0 }))]);

        var all = await index.SearchAsync(new float[] { 2, 5 }, 100, cancellation: Cancellation);

        Assert.Equal(["Z", "a", "d10", "d88", "d9", "é", "\uFF5E", "\U0001F600"], all.Select(d => d.Id));
        Assert.All(all, d => Assert.Equal(2, d.Score, 1e-5));
    }

    [Fact]
    public async Task Excluded_documents_leave_room_for_the_next()
    {
        using var index = await BuildAsync(VectorMetric.Dot, [.. Enumerable.Range(0, 50).Select(i => ($"d{i:00}", new float[] { -i }))]);

        var found = await index.SearchAsync(new float[] { 1 }, 3, new HashSet<string> { "d00", "d02", "nowhere" }, cancellation: Cancellation);
        var nothing = await index.SearchAsync(new float[] { 1 }, 3, Enumerable.Range(0, 50).Select(i => $"d{i:00}").ToHashSet(), cancellation: Cancellation);

        Assert.Equal(["d01", "d03", "d04"], found.Select(d => d.Id));
        Assert.Empty(nothing);
    }

    [Fact]
    public async Task The_cosine_ignores_lengths_and_knows_the_zero_vector()
    {
        using var index = await BuildAsync(VectorMetric.Cosine,
            [("long", [300, 400]), ("short", [3e-20f, 4e-20f]), ("zero", [0, 0]), ("across", [-4, 3.1f]), ("huge", [-3e38f, -3e38f])]);

        var found = await index.SearchAsync(new float[] { 6, 8 }, 10, cancellation: Cancellation);

        Assert.Equal(["long", "short", "across", "zero", "huge"], found.Select(d => d.Id));
        Assert.Equal([1, 1, 0.0158, 0, -0.9899], found.Select(d => d.Score), (a, b) => Math.Abs(a - b) < 4e-3);
        Assert.All(await index.SearchAsync(new float[] { 0, 0 }, 10, cancellation: Cancellation), d => Assert.Equal(0, d.Score));
    }

    [Fact]
    public async Task An_empty_index_finds_nothing()
    {
        using var index = await BuildAsync(VectorMetric.Cosine, []);

        Assert.Equal(0, await index.CountAsync(Cancellation));
        Assert.Empty(await index.SearchAsync(new float[index.Settings.Dimension], 5, cancellation: Cancellation));
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
        await Assert.ThrowsAsync<ArgumentException>(() => index.SearchBatchAsync(new float[4], 1, [null], cancellation: Cancellation));
        await Assert.ThrowsAsync<ArgumentException>(() => index.SearchAsync(new float[2], 1, filter: new([new("key")]), cancellation: Cancellation));
        await Assert.ThrowsAsync<ArgumentException>(() => index.SearchAsync(new float[2], 1, filter: new([new("key", From: 2, To: 1)]), cancellation: Cancellation));
    }

    [Fact]
    public async Task What_cannot_be_stored_is_refused_by_its_id_and_nothing_of_the_call_is_stored()
    {
        using var index = await BuildAsync(VectorMetric.Cosine, [("a", [1, 2])]);
        var good = new VectorDocument("good", new float[] { 1, 1 });

        Assert.Contains("b is added twice", (await Refused(new("b", new float[] { 1, 2 }), new("b", new float[] { 1, 2 }))).Message);
        Assert.Contains("document b: 3 floats", (await Refused(new VectorDocument("b", new float[3]))).Message);
        Assert.Contains("document b: 0 floats", (await Refused(new VectorDocument("b", Array.Empty<float>()))).Message);
        Assert.Contains("document c", (await Refused(new VectorDocument("c", new[] { 1, float.PositiveInfinity }))).Message);
        Assert.Contains("document c", (await Refused(new VectorDocument("c", new float[2], [new("", 1.0)]))).Message);
        await Refused(new VectorDocument("", new float[2]));
        Assert.Equal(1, await index.CountAsync(Cancellation));

        Task<ArgumentException> Refused(params VectorDocument[] bad) => Assert.ThrowsAsync<ArgumentException>(() => index.UpsertAsync([good, .. bad], Cancellation));
    }

    [Fact]
    public async Task Upserts_replace_and_removals_remove()
    {
        var random = new Random(3);
        var vectors = RandomVectors(random, 200, 16).ToDictionary(pair => pair.Id, pair => pair.Vector);
        using var index = await BuildAsync(VectorMetric.Cosine, [.. vectors.Select(pair => (pair.Key, pair.Value))]);
        for (var step = 0; step < 12; step++)
        {
            var added = Enumerable.Range(0, 1 + 7 * step).Select(_ => ($"d{random.Next(260)}", RandomVector(random, 16))).DistinctBy(pair => pair.Item1).ToList();
            var removed = Enumerable.Range(0, 5).Select(_ => $"d{random.Next(260)}").ToList();
            await index.UpsertAsync([.. added.Select(pair => new VectorDocument(pair.Item1, pair.Item2))], Cancellation);
            foreach (var (id, vector) in added)
                vectors[id] = vector;
            await index.RemoveAsync([.. removed, "unknown"], Cancellation);
            removed.ForEach(id => vectors.Remove(id));

            var query = RandomVector(random, 16);
            AssertSame(Sorted(VectorMetric.Cosine, vectors.Select(pair => (pair.Key, pair.Value)), query).Take(20).ToList(), await index.SearchAsync(query, 20, cancellation: Cancellation));
            Assert.Equal(vectors.Count, await index.CountAsync(Cancellation));
        }
        await index.RemoveAsync([.. vectors.Keys], Cancellation);
        Assert.Equal(0, await index.CountAsync(Cancellation));
        Assert.Empty(await index.SearchAsync(new float[16], 5, cancellation: Cancellation));
    }

    [Theory]
    [InlineData(PartAggregation.Max)]
    [InlineData(PartAggregation.Mean)]
    public async Task A_document_with_several_vectors_has_their_best_or_their_mean(PartAggregation aggregation)
    {
        const int dimension = 12;
        var random = new Random(8);
        var documents = Enumerable.Range(0, 150).ToDictionary(i => $"d{i}", i => Enumerable.Range(0, 1 + i % 7).Select(_ => RandomVector(random, dimension)).ToArray());
        using var index = await CreateAsync(new(dimension, VectorMetric.Cosine, Aggregation: aggregation));
        await index.UpsertAsync([.. documents.Select(pair => new VectorDocument(pair.Key, pair.Value.SelectMany(part => part).ToArray()))], Cancellation);
        // Fewer parts than before: none of the old ones may stay.
        documents["d6"] = [RandomVector(random, dimension)];
        await index.UpsertAsync([new("d6", documents["d6"][0])], Cancellation);

        for (var trial = 0; trial < 10; trial++)
        {
            var query = RandomVector(random, dimension);
            var expected = documents.Select(pair => pair.Value.Select(part => Score(VectorMetric.Cosine, part, query)).ToList() is var scores
                ? new ScoredDocument(pair.Key, aggregation == PartAggregation.Max ? scores.Max() : scores.Average()) : default).Order(DocumentOrder.Best);
            AssertSame(expected.Take(15).ToList(), await index.SearchAsync(query, 15, cancellation: Cancellation));
        }
        Assert.Equal(150, await index.CountAsync(Cancellation));
    }

    [Fact]
    public async Task Filters_leave_room_for_the_next()
    {
        using var index = await CreateAsync(new(1, VectorMetric.Dot));
        var documents = Enumerable.Range(0, 60).Select(i => new VectorDocument($"d{i:00}", new float[] { -i },
        [
            new("language", i % 3 == 0 ? "en" : "de"), new("year", 2000.0 + i), new("tags", $"t{i % 2}"), new("tags", $"t{2 + i % 5}"),
            new("a key, with \"marks\" and dots.", i % 4 == 0), .. i % 10 == 0 ? new MetadataField[] { new("rare", 1.5) } : [],
        ])).ToList();
        await index.UpsertAsync(documents, Cancellation);

        Assert.Equal(["d00", "d03", "d06"], await Find(new FilterCondition("language", ["en"])));
        Assert.Equal(["d00", "d01", "d02"], await Find(new FilterCondition("language", ["en", "de", "fr"])));
        Assert.Equal(["d01", "d02", "d04"], await Find(new FilterCondition("language", ["en"], Not: true)));
        Assert.Equal(["d17", "d18", "d19"], await Find(new FilterCondition("year", From: 2017)));
        Assert.Equal(["d58", "d59"], await Find(new FilterCondition("year", From: 2057.5, To: 3000)));
        Assert.Equal(["d40"], await Find(new FilterCondition("year", [2040.0])));
        Assert.Equal(["d01", "d11", "d21"], await Find(new FilterCondition("tags", ["t1"]), new FilterCondition("tags", ["t3"])));
        Assert.Equal(["d00", "d04", "d08"], await Find(new FilterCondition("a key, with \"marks\" and dots.", [true])));
        Assert.Equal(["d00", "d10", "d20"], await Find(new FilterCondition("rare", From: 1, To: 2)));
        Assert.Equal(["d01", "d02", "d03"], await Find(new FilterCondition("rare", [1.5], Not: true)));
        Assert.Empty(await Find(new FilterCondition("language", ["fr"])));
        Assert.Empty(await Find(new FilterCondition("unknown", ["fr"])));
        Assert.Empty(await Find(new FilterCondition("language", [1.0])));
        documents[0] = new("d00", new float[] { 0 }, [new("language", "fr")]);
        await index.UpsertAsync([documents[0]], Cancellation);
        Assert.Equal(["d00"], await Find(new FilterCondition("language", ["fr"])));
        Assert.Equal(["d03", "d06", "d09"], await Find(new FilterCondition("language", ["en"])));

        async Task<IEnumerable<string>> Find(params FilterCondition[] conditions)
        {
            var found = (await index.SearchAsync(new float[] { 1 }, 3, filter: new(conditions), cancellation: Cancellation)).Select(d => d.Id).ToList();
            // What a document's fields say without any index.
            Assert.Equal(documents.Where(document => new VectorFilter(conditions).Matches(document.Metadata!)).Take(3).Select(document => document.Id), found);
            return found;
        }
    }

    void AssertSame(IReadOnlyList<ScoredDocument> expected, IReadOnlyList<ScoredDocument> found)
    {
        Assert.Equal(expected.Select(d => d.Id), found.Select(d => d.Id));
        Assert.All(expected.Zip(found), pair => Assert.Equal(pair.First.Score, pair.Second.Score, Tolerance * (1 + Math.Abs(pair.First.Score))));
    }

    IEnumerable<ScoredDocument> Sorted(VectorMetric metric, IEnumerable<(string Id, float[] Vector)> vectors, float[] query) =>
        vectors.Select(v => new ScoredDocument(v.Id, Score(metric, v.Vector, query))).Order(DocumentOrder.Best);

    double Score(VectorMetric metric, float[] vector, float[] query) =>
        Stored(Prepared(metric, vector)).Zip(Prepared(metric, query)).Sum(pair => (double)pair.First * pair.Second);

    static float[] Prepared(VectorMetric metric, float[] vector)
    {
        var length = metric == VectorMetric.Dot ? 1 : Math.Sqrt(vector.Sum(x => (double)x * x));
        return [.. vector.Select(x => (float)(x / length))];
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
}
