using ReasonIR.Retrieval.Analysis;
using ReasonIR.Retrieval.Bm25;

namespace ReasonIR.Retrieval.Tests.Bm25;

public sealed class Bm25IndexTests
{
    static readonly (string Id, string Text)[] documents =
    [
        ("b", "Rain falls on the plain"),
        ("a", "Rain falls on the plain"),
        ("c", "Snow falls in the mountains, snow and more snow"),
        ("empty", "the and of"),
        ("\uFF5E", "frost"),
        ("\U0001F600", "frost"),
    ];

    static Bm25Index Index() => Bm25Index.BuildTemporary(documents, LuceneEnglishAnalyzer.Instance, TestContext.Current.CancellationToken);

    [Fact]
    public void Counts_what_it_holds()
    {
        using var index = Index();
        Assert.Equal(new Bm25Statistics(6, 5, 7, 12, 14), index.Statistics);
        Assert.Equal((3, 1, 0), (index.DocumentFrequency("fall"), index.DocumentFrequency("snow"), index.DocumentFrequency("falls")));
        Assert.True(index.Contains("empty"));
        Assert.False(index.Contains("Empty"));
    }

    [Theory]
    [InlineData(Bm25Variant.Lucene)]
    [InlineData(Bm25Variant.Bright)]
    public void Breaks_ties_by_id_as_UTF_8_bytes(Bm25Variant variant)
    {
        using var index = Index();
        Assert.Equal(["a", "b"], Ids(index, "rain", 10, variant));
        Assert.Equal(["a"], Ids(index, "rain", 1, variant));
        // By UTF-16 units the emoji would come first.
        Assert.Equal(["\uFF5E", "\U0001F600"], Ids(index, "frost", 10, variant));
    }

    [Fact]
    public void Removes_exclusions_before_the_cut()
    {
        using var index = Index();
        var found = index.Search("rain", 1, exclude: new HashSet<string> { "a", "unknown" });
        Assert.Equal(["b"], found.Select(document => document.Id));
        // Nothing of one search is left for the next.
        Assert.Equal(["a", "b"], Ids(index, "rain", 10, Bm25Variant.Lucene));
    }

    [Fact]
    public void Finds_nothing_where_nothing_matches()
    {
        using var index = Index();
        Assert.Empty(index.Search("volcano", 10));
        Assert.Empty(index.Search("the of", 10));
        Assert.Empty(index.Search("", 10));
        Assert.Empty(index.Search("rain", 0));
        using var empty = Bm25Index.BuildTemporary([], LuceneEnglishAnalyzer.Instance, TestContext.Current.CancellationToken);
        Assert.Empty(empty.Search("rain", 10));
        Assert.Empty(empty.Search("rain", 10, new(Bm25Variant.Bright)));
    }

    [Theory]
    [InlineData(Bm25Variant.Lucene)]
    [InlineData(Bm25Variant.Bright)]
    public void Explains_the_score_it_gives(Bm25Variant variant)
    {
        using var index = Index();
        var parameters = new Bm25Parameters(variant, 1.2, 0.75);
        const string query = "snow falls falls on volcanoes";
        foreach (var (id, score) in index.Search(query, 10, parameters))
        {
            var explanation = index.Explain(query, id, parameters)!;
            Assert.Equal(score, explanation.Score);
            Assert.Equal(score, explanation.Terms.Sum(term => term.Score), 1e-6);
        }
        var snow = index.Explain(query, "c", parameters)!;
        Assert.Equal(["snow", "fall"], snow.Terms.Select(term => term.Term));
        Assert.Equal((1, 3, 1), (snow.Terms[0].QueryOccurrences, snow.Terms[0].Occurrences, snow.Terms[0].DocumentFrequency));
        Assert.Equal((2, 1, 3), (snow.Terms[1].QueryOccurrences, snow.Terms[1].Occurrences, snow.Terms[1].DocumentFrequency));
        Assert.Equal(0, index.Explain(query, "empty")!.Score);
        Assert.Null(index.Explain(query, "unknown"));
    }

    [Fact]
    public void Scores_by_the_formula()
    {
        using var index = Index();
        // N 5, df 2, avgdl 14/5, L 3, tf 1.
        var idf = Math.Log(1 + (5 - 2 + 0.5) / (2 + 0.5));
        var lucene = idf / (1 + 0.9 * (0.6 + 0.4 * 3 / (14 / 5.0)));
        Assert.Equal(lucene, index.Search("rain", 1)[0].Score, 1e-6);
        // N 6, the query's length 2 (both known), exact lengths.
        var brightIdf = Math.Log(7) - Math.Log(2.5);
        double Weight(double tf, double n) => brightIdf * tf / (tf + 0.9 * (0.6 + 0.4 * n / (14 / 6.0)));
        Assert.Equal(Weight(2, 2) * Weight(1, 3), index.Search("rain rain unheard", 1, new(Bm25Variant.Bright))[0].Score, 1e-6);
    }

    [Fact]
    public void Refuses_what_cannot_be()
    {
        using var index = Index();
        Assert.Throws<ArgumentOutOfRangeException>(() => index.Search("rain", -1));
        Assert.Throws<ArgumentOutOfRangeException>(() => index.Search("rain", 1, new(K1: -1)));
        Assert.Throws<ArgumentOutOfRangeException>(() => index.Search("rain", 1, new(B: double.NaN)));
        var twice = Assert.Throws<ArgumentException>(() => Bm25Index.BuildTemporary(
            [("x", "a"), ("x", "b")], index.Analyzer, TestContext.Current.CancellationToken));
        Assert.Contains("'x' occurs twice", twice.Message);
        Assert.Throws<ArgumentException>(() => Bm25Index.BuildTemporary(
            [("\uD800", "a")], index.Analyzer, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Serves_many_threads_and_outlives_none()
    {
        var index = Index();
        var expected = Ids(index, "rain snow falls", 10, Bm25Variant.Lucene);
        var searches = Enumerable.Range(0, 8).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 500; i++)
                Assert.Equal(expected, Ids(index, "rain snow falls", 10, Bm25Variant.Lucene));
        }, TestContext.Current.CancellationToken));
        await Task.WhenAll(searches);
        index.Dispose();
        index.Dispose();
        Assert.Throws<ObjectDisposedException>(() => index.Search("rain", 1));
    }

    static string[] Ids(Bm25Index index, string query, int k, Bm25Variant variant) =>
        [.. index.Search(query, k, new(variant)).Select(document => document.Id)];
}
