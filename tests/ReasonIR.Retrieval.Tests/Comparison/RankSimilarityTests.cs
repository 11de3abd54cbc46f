using ReasonIR.Retrieval.Comparison;
using ReasonIR.Retrieval.Runs;

namespace ReasonIR.Retrieval.Tests.Comparison;

public sealed class RankSimilarityTests
{
    [Fact]
    public void Equal_runs_agree_and_reversed_ones_do_not()
    {
        var a = Ranking("a", "1", "x", "y", "z");
        Assert.Equal((1.0, 1.0, 1.0), Of(a, a));
        var (overlap, tau, common) = Of(a, Ranking("b", "1", "z", "y", "x"));
        Assert.Equal((-1.0, 1.0), (tau, common));
        Assert.InRange(overlap, 0.5, 0.99);
        var (none, undefined, nothing) = Of(a, Ranking("c", "1", "u", "v", "w"));
        Assert.Equal((0.0, null, 0.0), (Math.Round(none, 12), undefined, nothing));

        static (double, double?, double) Of(Run a, Run b)
        {
            var similarity = RankSimilarity.Of(a, b);
            return (Math.Round(similarity.Overlap, 12), similarity.Tau, similarity.Common);
        }
    }

    [Fact]
    public void Only_common_queries_count_and_the_least_alike_comes_first()
    {
        var (a, b) = (Ranking("a", "1", "x", "y"), Ranking("b", "1", "x", "y"));
        a.Add("2", "x", 1);
        b.Add("2", "w", 1);
        a.Add("3", "x", 1);
        var similarity = RankSimilarity.Of(a, b);
        Assert.Equal(["2", "1"], similarity.PerQuery.Select(query => query.Query));
        Assert.Equal(0.5, similarity.Overlap, 12);
        Assert.Throws<ArgumentException>(() => RankSimilarity.Of(a, Ranking("c", "9", "x")));
    }

    [Fact]
    public void The_pool_holds_what_nobody_judged_near_the_top()
    {
        var judgments = new Judgments();
        judgments.Add("1", "x", 1);
        var exclusions = new Exclusions();
        exclusions.Add("1", ["out"]);
        var pool = JudgmentPool.Unjudged([Ranking("a", "1", "out", "x", "y", "z", "deep"), Ranking("b", "1", "z", "y")], judgments, 3, exclusions);
        Assert.Equal([("z", 1, 2), ("y", 2, 2)], pool.Select(document => (document.Document, document.Best, document.Systems)));
        Assert.Equal([3, 1], pool[0].Ranks);
    }

    static Run Ranking(string name, string query, params string[] documents)
    {
        var run = new Run(name);
        foreach (var (rank, document) in documents.Index())
            run.Add(query, document, 100 - rank);
        return run;
    }
}
