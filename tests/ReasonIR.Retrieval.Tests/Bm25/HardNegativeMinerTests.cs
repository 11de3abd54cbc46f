using ReasonIR.Retrieval.Analysis;
using ReasonIR.Retrieval.Bm25;

namespace ReasonIR.Retrieval.Tests.Bm25;

public sealed class HardNegativeMinerTests : IDisposable
{
    const string Query = "rain clouds over mountains";

    // p answers; copy has its text; near scores as high; n0 to n9 share fewer and fewer words.
    static readonly Dictionary<string, string> texts = new(
        Enumerable.Range(0, 10).Select(i => KeyValuePair.Create($"n{i}", "rain " + string.Concat(Enumerable.Repeat("pebble ", i + 1)))))
    {
        ["p"] = "rain clouds over mountains",
        ["copy"] = "rain clouds over mountains",
        ["near"] = "mountains rain clouds over",
        ["other"] = "volcano",
    };

    readonly Bm25Index index = Bm25Index.BuildTemporary(
        texts.Select(pair => (pair.Key, pair.Value)), LuceneEnglishAnalyzer.Instance, TestContext.Current.CancellationToken);

    public void Dispose() => index.Dispose();

    MinedNegatives Mine(HardNegativeOptions options, string positive = "p", IReadOnlySet<string>? exclude = null) =>
        new HardNegativeMiner(index, id => texts[id], options).Mine(Query, positive, exclude);

    [Fact]
    public void Guards_by_text_and_by_score()
    {
        var all = Mine(new(FromRank: 1, Count: 100));
        Assert.Equal(Enumerable.Range(0, 10).Select(i => $"n{i}"), all.Negatives.Select(document => document.Id).Order());
        Assert.Equal((10, 0, 2), (all.Candidates, all.EqualText, all.TooClose));
        // Without the score guard only the copy is dropped.
        var unguarded = Mine(new(FromRank: 1, Count: 100, MaxScoreRatio: double.PositiveInfinity));
        Assert.Equal((11, 1, 0), (unguarded.Candidates, unguarded.EqualText, unguarded.TooClose));
        Assert.Empty(Mine(new(FromRank: 1, MinMargin: all.PositiveScore)).Negatives);
    }

    [Fact]
    public void Draws_from_the_window_without_what_is_excluded()
    {
        var ranked = index.Search(Query, 100).Select(document => document.Id).ToArray();
        var window = Mine(new(FromRank: 5, ToRank: 8, Count: 100)).Negatives.Select(document => document.Id);
        Assert.Equal(ranked[4..8].Order(), window.Order());
        Assert.DoesNotContain("n3", Mine(new(FromRank: 1, Count: 100), exclude: new HashSet<string> { "n3" }).Negatives.Select(d => d.Id));
    }

    [Fact]
    public void Is_settled_by_the_seed()
    {
        var drawn = Enumerable.Range(0, 20).Select(seed =>
        {
            var options = new HardNegativeOptions(FromRank: 1, Count: 2, Seed: seed);
            Assert.Equal(Mine(options).Negatives, Mine(options).Negatives);
            Assert.Equal(2, Mine(options).Negatives.Distinct().Count());
            return Mine(options).Negatives[0].Id;
        });
        Assert.InRange(drawn.Distinct().Count(), 5, 10);
    }

    [Fact]
    public void Gives_none_where_the_query_does_not_find_its_positive()
    {
        var mined = Mine(new(FromRank: 1, Count: 5), positive: "other");
        Assert.Empty(mined.Negatives);
        Assert.Equal((0.0, 13), (mined.PositiveScore, mined.TooClose));
    }

    [Fact]
    public void Refuses_windows_that_cannot_be() =>
        Assert.All(
            (HardNegativeOptions[])[new(FromRank: 0), new(FromRank: 30, ToRank: 20), new(ToRank: 1_000_000), new(Count: 0), new(MaxScoreRatio: double.NaN)],
            options => Assert.Throws<ArgumentOutOfRangeException>(() => Mine(options)));
}
