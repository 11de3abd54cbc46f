using ReasonIR.Portal.Datasets.Reports;

namespace ReasonIR.Portal.Tests.Datasets;

/// <summary>Near queries are counted exactly while they are few, and by signatures where there are more.</summary>
public sealed class NearQueriesTests
{
    const int Words = 20, Every = 10;

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void Estimates_find_the_planted_pairs_that_comparing_each_with_each_finds()
    {
        var exact = Search(new NearQueries(0.8), 3000);
        Assert.Equal((3000 / Every, 3000, false), (exact.Near, exact.Compared, exact.Estimated));
        // The same once more queries than are compared exactly, or more words, have come: those before count too.
        foreach (var many in new[] { new NearQueries(0.8, mostExact: 100), new NearQueries(0.8, mostWords: 100 * Words) })
        {
            var estimated = Search(many, 3000);
            Assert.Equal((exact.Near, 3000, true), (estimated.Near, estimated.Compared, estimated.Estimated));
            Assert.Equal(exact.First.Select(pair => (pair.First, pair.Second)), estimated.First.Select(pair => (pair.First, pair.Second)));
            Assert.All(exact.First.Zip(estimated.First), pair => Assert.Equal(pair.First.Similarity, pair.Second.Similarity, 0.15));
        }
    }

    [Fact]
    public void What_comes_after_the_most_that_are_held_is_not_compared_and_queries_without_words_are_near_nothing()
    {
        var search = new NearQueries(0.8, mostExact: 10, most: 50);
        Assert.Equal(50 + 50 / (Every - 1), Search(search, 100).Compared);
        var empty = new NearQueries(0.8, mostExact: 1);
        foreach (var ordinal in Enumerable.Range(0, 5))
            empty.Add(ordinal, []);
        Assert.Equal((0, 5, true), (empty.Read(Token).Near, empty.Read(Token).Compared, empty.Read(Token).Estimated));
    }

    [Fact]
    public void A_hundred_thousand_queries_are_all_compared_in_two_kilobytes_each()
    {
        const int Queries = 100_000;
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var search = new NearQueries(0.8);
        var found = Search(search, Queries);
        var held = GC.GetTotalMemory(forceFullCollection: true) - before;
        GC.KeepAlive(search);
        Assert.Equal((Queries, true), (found.Compared, found.Estimated));
        Assert.InRange(found.Near, Queries / Every * 0.999, Queries / Every);
        Assert.InRange(held, 0, 2048L * Queries);
    }

    /// <summary>Queries of random words; each tenth is the one before it with a word changed (Jaccard 19/21).</summary>
    static (int Near, int Compared, bool Estimated, IReadOnlyList<Contracts.Datasets.NearPair> First) Search(NearQueries search, int queries)
    {
        var random = new Random(7);
        var last = new ulong[Words];
        for (var ordinal = 0; ordinal < queries; ordinal++)
        {
            if (ordinal % Every == Every - 1)
                last[random.Next(Words)] = (ulong)random.NextInt64();
            else
                for (var i = 0; i < Words; i++)
                    last[i] = (ulong)random.NextInt64();
            search.Add(ordinal, last);
        }
        return search.Read(Token);
    }
}
