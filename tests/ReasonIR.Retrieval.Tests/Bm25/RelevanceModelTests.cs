using ReasonIR.Retrieval.Analysis;
using ReasonIR.Retrieval.Bm25;

namespace ReasonIR.Retrieval.Tests.Bm25;

public sealed class RelevanceModelTests
{
    static readonly Dictionary<string, string> texts = Enumerable.Range(0, 40).ToDictionary(i => $"d{i}", i => $"filler{i} common Ünfit")
        .Concat(new Dictionary<string, string> { ["a"] = "tide tide moon moon moon sea common", ["b"] = "tide moon gravity common", ["c"] = "gravity alone common" })
        .ToDictionary(pair => pair.Key, pair => pair.Value);

    static Bm25Index Index() => Bm25Index.BuildTemporary(texts.Select(pair => (pair.Key, pair.Value)), Analyzers.ByName("simple"), TestContext.Current.CancellationToken);

    [Fact]
    public void Weighs_terms_by_their_share_of_documents_and_the_documents_by_score()
    {
        using var index = Index();
        var found = index.Search("tide", 10);
        Assert.Equal(["a", "b"], found.Select(document => document.Id).Order());
        var expanded = new RelevanceModel(index, new(FeedbackTerms: 2)).Expand("tide", [.. found.Select(document => (document, texts[document.Id]))]);
        // "common" is in every document; of a's terms moon (3) and tide (2) are the two most frequent, of b's gravity and moon by name.
        double a = found.Single(d => d.Id == "a").Score, b = found.Single(d => d.Id == "b").Score;
        var (moon, tide, gravity) = (0.6 * a + 0.5 * b, 0.4 * a, 0.5 * b);
        var kept = tide > gravity ? tide : gravity;
        var weights = expanded.ToDictionary(term => term.Term, term => term.Weight);
        Assert.Equal(0.5 * moon / (moon + kept), weights["moon"], 1e-9);
        Assert.Equal(0.5 + (tide > gravity ? 0.5 * tide / (moon + kept) : 0), weights["tide"], 1e-9);
        Assert.Equal(1, weights.Values.Sum(), 1e-9);
    }

    [Fact]
    public void An_expanded_query_finds_what_its_own_terms_miss()
    {
        using var index = Index();
        var found = index.Search("tide", 10);
        var expanded = new RelevanceModel(index).Expand("tide", [.. found.Select(document => (document, texts[document.Id]))]);
        Assert.Contains("c", index.Search(expanded, 10).Select(document => document.Id));
        Assert.DoesNotContain("common", expanded.Select(term => term.Term));
    }

    [Fact]
    public void Weights_of_whole_numbers_are_occurrences()
    {
        using var index = Index();
        Assert.Equal(index.Search("tide tide moon", 10), index.Search([new("tide", 2), new("moon", 1), new("unknown", 3)], 10));
        Assert.Empty(new RelevanceModel(index).Expand("", []));
        Assert.Throws<ArgumentOutOfRangeException>(() => new RelevanceModel(index, new(OriginalQueryWeight: 2)));
    }
}
