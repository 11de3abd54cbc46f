using ReasonIR.Retrieval.Fusion;
using ReasonIR.Retrieval.Ranking;
using ReasonIR.Retrieval.Runs;
using Xunit;

namespace ReasonIR.Retrieval.Tests.Fusion;

public sealed class RankFusionTests
{
    [Fact]
    public void Reciprocal_ranks_by_hand()
    {
        var fused = RankFusion.Fuse(
            [[new("a", 3), new("b", 2)], [new("b", 0.9), new("c", 0.8)]], new(FusionMethod.ReciprocalRank));

        Assert.Equal(["b", "a", "c"], fused.Select(d => d.Id));
        Assert.Equal([1 / 62.0 + 1 / 61.0, 1 / 61.0, 1 / 62.0], fused.Select(d => d.Score));
    }

    [Fact]
    public void The_default_is_min_max_with_equal_weights()
    {
        var fused = RankFusion.Fuse([[new("a", 30), new("b", 20), new("c", 10)], [new("b", 1)]], FusionSettings.Default);

        Assert.Equal([new("a", 0.5), new("b", 0.25), new("c", 0)], fused);
    }

    [Fact]
    public void The_order_of_documents_and_an_empty_ranking_change_nothing()
    {
        var random = new Random(1);
        ScoredDocument[] ranking = [.. Enumerable.Range(0, 40).Select(i => new ScoredDocument($"d{i}", random.Next(10)))];
        foreach (var method in Enum.GetValues<FusionMethod>())
        {
            var before = RankFusion.Fuse([ranking, []], new(method));
            var shuffled = ranking.ToArray();
            random.Shuffle(shuffled);

            Assert.Equal(before, RankFusion.Fuse([shuffled, []], new(method)));
            Assert.Equal(before[..7], RankFusion.Fuse([shuffled, []], new(method), top: 7));
        }
    }

    [Fact]
    public void Scaling_a_system_does_not_change_the_normalized_methods()
    {
        var random = new Random(2);
        ScoredDocument[] a = [.. Enumerable.Range(0, 30).Select(i => new ScoredDocument($"d{i}", random.NextDouble()))];
        ScoredDocument[] b = [.. Enumerable.Range(10, 30).Select(i => new ScoredDocument($"d{i}", random.NextDouble()))];
        foreach (var method in Enum.GetValues<FusionMethod>())
        {
            var scaled = RankFusion.Fuse([a, [.. b.Select(d => d with { Score = d.Score * 1000 - 7 })]], new(method));

            Assert.Equal(RankFusion.Fuse([a, b], new(method)).Select(d => d.Id), scaled.Select(d => d.Id));
        }
    }

    [Fact]
    public void Runs_are_fused_over_the_queries_of_all()
    {
        var (a, b) = (new Run("a"), new Run("b"));
        a.Add("both", [new("x", 2), new("y", 1)]);
        b.Add("both", [new("y", 2), new("z", 1)]);
        b.Add("one", "z", 1);

        var fused = RankFusion.Fuse([a, b], new(FusionMethod.ReciprocalRank), "hybrid", inputTop: 1);

        Assert.Equal(["both", "one"], fused.Queries);
        Assert.Equal(["x", "y"], fused["both"].Select(d => d.Id));
    }

    [Fact]
    public void What_cannot_be_fused_is_refused()
    {
        ScoredDocument[] good = [new("a", 1)];

        Assert.Throws<ArgumentException>(() => RankFusion.Fuse([good, [new("a", double.NaN)]], FusionSettings.Default));
        Assert.Throws<ArgumentException>(() => RankFusion.Fuse([[new("a", 1), new("a", 2)]], FusionSettings.Default));
        Assert.Throws<ArgumentException>(() => RankFusion.Fuse([good, good], new(FusionMethod.MinMaxWeighted, Weights: [1])));
        Assert.Throws<ArgumentException>(() => RankFusion.Fuse([good], new(FusionMethod.ReciprocalRank, K: -1)));
        Assert.Throws<FormatException>(() => FusionSettings.ParseMethod("combsum"));
    }
}
