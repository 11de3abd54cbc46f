using ReasonIR.Contracts.Pipelines;
using ReasonIR.Retrieval.Ranking;
using ReasonIR.Search.Pipelines;

namespace ReasonIR.Search.Tests.Pipelines;

public sealed class RerankOrderTests
{
    static readonly ScoredDocument[] Ranking = [new("a", 12), new("b", 11), new("c", 10), new("d", 9)];

    [Fact]
    public void The_rest_follows_what_was_reranked() =>
        Assert.Equal(["c", "a", "b", "d"], Order(new("encoder", "m"), [0.5, 0.1, 0.9]));

    [Fact]
    public void Equal_scores_keep_the_order_they_had_and_no_two_are_written_equal()
    {
        var order = Reranking.Order(new("encoder", "m"), Ranking, Ranking[..3], [1, 1, 1], null);
        Assert.Equal(["a", "b", "c", "d"], order.Select(document => document.Id));
        Assert.All(order.Zip(order.Skip(1)), pair => Assert.True((float)pair.First.Score > (float)pair.Second.Score));
    }

    [Fact]
    public void A_hundred_times_the_rerank_score_plus_bm25_breaks_ties_by_bm25() =>
        Assert.Equal(["b", "a", "c", "d"], Order(new("encoder", "m", Weight: 100, RetrievalWeight: 1), [0.4, 0.6, 0.4]));

    [Fact]
    public void Another_retrievers_score_counts_and_what_it_did_not_find_counts_nothing() =>
        Assert.Equal(["c", "a", "b", "d"], Order(new("encoder", "m", Weight: 0.5, RetrievalWeight: 0.5), [0.4, 0.4, 0.4], new() { ["c"] = 0.8, ["a"] = 0.1 }));

    static IEnumerable<string> Order(RerankStage stage, double[] scores, Dictionary<string, double>? retrieval = null) =>
        Reranking.Order(stage, Ranking, Ranking[..3], scores, retrieval).Select(document => document.Id);
}
