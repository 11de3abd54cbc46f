using ReasonIR.Contracts.Benchmarks;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Studies;
using ReasonIR.Portal.Components.Studies;

namespace ReasonIR.Portal.Tests.Studies;

/// <summary>What the form of an experiment holds means the spec that the command line would send.</summary>
public sealed class ExperimentDraftTests
{
    static readonly Benchmark Bright = BenchmarkRegistry.Find("bright")!;

    [Fact]
    public void A_table_has_the_usual_rows_the_baseline_first()
    {
        var spec = new ExperimentDraft { Kind = "table", Corpora = ["b", "a"], Variants = ["bright", "lucene"], Models = ["m"], Rerankers = ["pointwise", "encoder:m"], Depth = 20, Instruction = new("do it") }.Spec();
        Assert.Empty(spec.Problems());
        Assert.Equal(["a", "b"], spec.On.Corpora!);
        Assert.Equal(
            ["bm25-lucene", "bm25-bright", "dense-m", "hybrid-lucene-m", "hybrid-bright-m", "bm25-lucene.encoder-m", "hybrid-lucene-m.encoder-m", "bm25-lucene.pointwise", "hybrid-lucene-m.pointwise"],
            spec.Table!.Systems.Select(system => system.Name));
        Assert.Equal("do it", spec.Table.Systems[2].Instruction!.Text);
        Assert.Equal(20, spec.Table.Systems[^1].Stages!.Rerank![0].Depth);
    }

    [Fact]
    public void Tasks_of_a_benchmark_keep_their_order_and_an_entry_of_ones_own_goes_along()
    {
        var draft = new ExperimentDraft { Kind = "table", Benchmark = Bright, Tasks = ["pony", "biology"], Corpora = ["left"], QuerySet = "gpt4_reason" };
        Assert.Equal(new StudyScope("bright", QuerySet: "gpt4_reason").Places().Select(place => place.Name).Intersect(["biology", "pony"]), draft.Spec().On.Places().Select(place => place.Name));
        Assert.Null(draft.Spec().On.Entry);
        Assert.Empty(draft.Spec().Problems());
        draft.Benchmark = new("mine", [new("manuals")]);
        draft.Tasks = [];
        Assert.Equal(("mine", "mine-manuals"), (draft.Spec().On.Entry!.Name, draft.Spec().On.Places().Single().Corpus));
    }

    [Theory]
    [InlineData("query-set:gpt4_reason", "query-set", "gpt4_reason")]
    [InlineData("stored:answers", "stored", "answers")]
    [InlineData("llm", "llm", null)]
    public void Rewrites_come_from_a_set_or_a_language_model(string chosen, string from, string? set)
    {
        var spec = new ExperimentDraft { Kind = "rewrite-length", Corpora = ["notes"], Rewrites = chosen, Lengths = "16, 8", MaxCost = 2, Models = ["m"] }.Spec();
        Assert.Empty(spec.Problems());
        Assert.Equal((from, set), (spec.RewriteLength!.From, spec.RewriteLength.Set));
        Assert.Equal([8, 16], spec.RewriteLength.MeantLengths);
        Assert.Equal(from == "llm" ? 2 : null, spec.RewriteLength.Llm?.MaxCost);
        Assert.Equal(["bm25-lucene", "bm25-bright", "dense-m"], spec.RewriteLength.Retrievers.Select(retriever => retriever.Label));
    }

    [Fact]
    public void Arms_are_made_of_the_chosen_datasets_and_each_seed_is_a_model()
    {
        var negatives = new ExperimentDraft { Kind = "negatives", Corpora = ["notes"], Hard = "multi", Easy = "one", Negatives = 3, Seeds = "0, 1" }.Spec();
        Assert.Empty(negatives.Problems());
        Assert.Equal([("in-batch", 0), ("easy", 3), ("hard", 3)], negatives.Training!.Arms.Select(arm => (arm.Name, arm.Negatives!.Value)));
        Assert.Equal([0, 1], negatives.Training.MeantSeeds);
        var mixture = new ExperimentDraft { Kind = "mixture", Corpora = ["notes"], Public = ["p"], HardQueries = ["h"], Recipe = "output: m\ndata: {sources: [d], batchSize: 8}\nbase: tiny" }.Spec();
        Assert.Empty(mixture.Problems());
        Assert.Equal(["public", "public-hard"], mixture.Training!.Arms.Select(arm => arm.Name));
        Assert.Equal(8, mixture.Training.Recipe!.Data.BatchSize);
    }

    [Theory]
    [InlineData("rewrite-length", "", "64", "Rewrites: expected a set")]
    [InlineData("rewrite-length", "llm", "64, many", "Tokens: expected whole numbers between commas, found 'many'")]
    public void What_cannot_be_read_is_named(string kind, string rewrites, string lengths, string words)
    {
        var draft = new ExperimentDraft { Kind = kind, Corpora = ["notes"], Rewrites = rewrites, Lengths = lengths };
        Assert.Contains(words, Assert.Throws<ArgumentException>(draft.Spec).Message);
    }

    [Fact]
    public void A_form_that_is_not_complete_has_problems()
    {
        Assert.Contains(new ExperimentDraft().Spec().Problems(), problem => problem.StartsWith("on.corpora", StringComparison.Ordinal));
        Assert.Throws<ArgumentException>(new ExperimentDraft { Corpora = ["notes"], Variants = [] }.Spec);
        Assert.Contains("Recipe:", Assert.Throws<ArgumentException>(new ExperimentDraft { Kind = "mixture", Corpora = ["notes"], Recipe = "output: {size: 3}" }.Spec).Message);
    }
}
