using System.Text.Json;
using ReasonIR.Contracts.Results;
using ReasonIR.Portal.Results.Differences;

namespace ReasonIR.Portal.Tests.Results;

public sealed class CauseFinderTests
{
    [Fact]
    public void One_changed_decision_has_the_whole_difference()
    {
        var cause = Assert.Single(CauseFinder.Find(Result(1, 0.5, "lucene", 10), Result(2, 0.4, "bright", 10), "ndcg_cut_10", []));
        Assert.Equal(("bm25 variant", 1.0), (cause.Name, cause.Share));
        Assert.Contains("A lucene, B bright", cause.Sentence);
        Assert.Empty(cause.Missing);
    }

    [Fact]
    public void Two_changed_decisions_are_ordered_by_what_they_usually_do_and_the_missing_runs_are_offered()
    {
        var causes = CauseFinder.Find(Result(1, 0.5, "lucene", 10), Result(2, 0.4, "bright", 0), "ndcg_cut_10", []);
        Assert.Equal(["exclusions", "bm25 variant"], causes.Select(cause => cause.Name));
        Assert.All(causes, cause => Assert.Null(cause.Share));
        Assert.Equal(["A without exclusions", "B with exclusions"], causes[0].Missing.Select(variant => variant.Title));
        Assert.False(causes[0].Missing[0].Spec.Exclusions);
        Assert.Equal("lucene", causes[0].Missing[0].Spec.Systems[0].Bm25!.Variant);
        Assert.Equal(("bright", true), (causes[1].Missing[0].Spec.Systems[0].Bm25!.Variant, causes[1].Missing[0].Spec.Exclusions));
        Assert.All(causes.SelectMany(cause => cause.Missing), variant => Assert.Empty(variant.Spec.Problems()));
    }

    [Fact]
    public void A_result_in_between_measures_both_shares()
    {
        // lucene 0.50 with exclusions, 0.44 without; bright 0.40 without.
        var causes = CauseFinder.Find(Result(1, 0.5, "lucene", 10), Result(2, 0.4, "bright", 0), "ndcg_cut_10", [Result(3, 0.44, "lucene", 0), Result(4, 0.1, "lucene", 0, corpus: "other")]);
        Assert.Equal(["exclusions", "bm25 variant"], causes.Select(cause => cause.Name));
        Assert.Equal([0.06, 0.04], causes.Select(cause => Math.Round(cause.Effect!.Value, 12)));
        Assert.Equal([0.6, 0.4], causes.Select(cause => Math.Round(cause.Share!.Value, 12)));
        Assert.Equal([1, 3], causes[0].Results);
        Assert.Equal([3, 2], causes[1].Results);
        // With results on both sides, their mean.
        var both = CauseFinder.Find(Result(1, 0.5, "lucene", 10), Result(2, 0.4, "bright", 0), "ndcg_cut_10", [Result(3, 0.44, "lucene", 0), Result(4, 0.48, "bright", 10)]);
        Assert.Equal(0.07, both.Single(cause => cause.Name == "exclusions").Effect!.Value, 12);
        Assert.Equal(0.03, both.Single(cause => cause.Name == "bm25 variant").Effect!.Value, 12);
    }

    [Fact]
    public void Another_cut_into_passages_is_named()
    {
        static ResultInfo Cut(long id, string? passages, long? vectors) => Info(id, 0.5, new
        {
            corpusHash = "c", querySetHash = "q", system = new { name = "dense", kind = "dense", model = "m" }, model = "m", exclusions = 0,
            indexes = new[] { new { id, kind = "dense", documents = 3, sha256 = $"{id}", parameters = new { dimension = 4, passages, vectors } } },
        });
        var cause = Assert.Single(CauseFinder.Find(Cut(1, "tokens:256:64:max", 9), Cut(2, null, null), "ndcg_cut_10", []));
        Assert.Equal("passages", cause.Name);
        Assert.Contains("A by tokens into passages of 256, 64 of them repeated, a document scoring as its best, B not at all", cause.Sentence);
    }

    [Fact]
    public void What_follows_from_another_encoder_is_one_cause_and_time_is_none()
    {
        static ResultInfo Dense(long id, string model, string prompt, double seconds) => Info(id, 0.5, new
        {
            corpusHash = "c", querySetHash = "q", system = new { name = "dense", kind = "dense", model }, model, modelRevision = $"{model}-1", pooling = model, queryPrompt = prompt,
            weights = new { weightsHash = model, queryPromptBytes = prompt.Length }, exclusions = 0, spent = new { seconds },
        });
        Assert.Equal(["encoder"], CauseFinder.Find(Dense(1, "x", "query: ", 1), Dense(2, "y", "", 2), "ndcg_cut_10", []).Select(cause => cause.Name));
        Assert.Equal(["prompts"], CauseFinder.Find(Dense(1, "x", "query: ", 1), Dense(2, "x", "", 2), "ndcg_cut_10", []).Select(cause => cause.Name));
        Assert.Empty(CauseFinder.Find(Dense(1, "x", "", 1), Dense(2, "x", "", 2), "ndcg_cut_10", []));
    }

    [Fact]
    public void Changed_judgments_are_told_from_changed_queries_and_old_results_admit_what_they_lack()
    {
        static ResultInfo With(long id, string set, object? queries) => Info(id, 0.5, queries is null
            ? new { corpusHash = "c", querySetHash = set, exclusions = 0 }
            : new { corpusHash = "c", querySetHash = set, exclusions = 0, queries });
        var (a, b) = (With(1, "s1", new { version = 1, textsHash = "t", judgmentsHash = "j1" }), With(2, "s2", new { version = 2, textsHash = "t", judgmentsHash = "j2" }));
        var cause = Assert.Single(CauseFinder.Find(a, b, "ndcg_cut_10", []));
        Assert.Equal("judgments", cause.Name);
        Assert.Contains("A by version 1", cause.Sentence);
        Assert.Equal("query set", Assert.Single(CauseFinder.Find(With(3, "s0", null), b, "ndcg_cut_10", [])).Name);
    }

    static ResultInfo Result(long id, double value, string variant, int exclusions, string corpus = "c") => Info(id, value, new
    {
        codeVersion = $"1.{id}", corpusHash = corpus, querySetHash = "q", system = new { name = $"s{id}", kind = "bm25", bm25 = new { variant, k1 = 0.9, b = 0.4 } },
        analyzer = "lucene-english", exclusions, depth = 1000, queries = new { version = 1, textsHash = "t", judgmentsHash = "j", exclusionsHash = "e", exclusionsListed = 10, exclusionsApplied = exclusions > 0 },
    });

    static ResultInfo Info(long id, double value, object provenance) => new(
        id, 1, "c", "test", $"s{id}", null, new Dictionary<string, double> { ["ndcg_cut_10"] = value }, 5, null, JsonSerializer.SerializeToElement(provenance), DateTimeOffset.UnixEpoch);
}
