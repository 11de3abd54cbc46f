using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Pipelines;
using ReasonIR.Contracts.Specs;
using Xunit;

namespace ReasonIR.Contracts.Tests;

public sealed class PipelineSpecsTests
{
    const string Whole = """
        description: all stages
        rewrite: {from: stored, set: gpt4, join: append}
        retrievers:
          - kind: bm25
            bm25: {variant: bright}
            query: original
            weight: 0.3
          - kind: dense
            model: minilm
            depth: 50
            weight: 0.7
        fusion: {method: minmax}
        exclusions: {documents: [a, b]}
        rerank:
          kind: cross-encoder
          model: reranker
          depth: 20
          weight: 100
          retrievalWeight: 1
          with: bm25
        cut: 10
        """;

    [Fact]
    public void A_pipeline_is_the_same_once_written_and_read()
    {
        var (spec, problems) = PipelineSpecs.Read(Whole);
        Assert.Empty(problems);
        Assert.Equal(("bright", "original", 0.3), (spec.Retrievers[0].Bm25!.Variant, spec.Retrievers[0].Query, spec.Retrievers[0].Weight));
        foreach (var text in new[] { PipelineSpecs.ToYaml(spec), PipelineSpecs.ToJson(spec) })
        {
            var (again, others) = PipelineSpecs.Read(text);
            Assert.Empty(others);
            Assert.Equal(PipelineSpecs.ToJson(spec), PipelineSpecs.ToJson(again));
        }
        Assert.Equal(PipelineSpecs.ToJson(spec), PipelineSpecs.ToJson(PipelineSpecs.Parse(PipelineSpecs.ToJson(spec))));
    }

    [Fact]
    public void Every_problem_is_told_at_once_with_its_line()
    {
        var (_, problems) = PipelineSpecs.Read("""
            rewrite:
              from: nowhere
            retrievers:
              - kind: bm25
                model: minilm
              - kind: dense
              - kind: bm25
                dept: 5
            fusion: sum
            rerank:
              - kind: magic
                with: nobody
            cut: 0
            """);
        Assert.Equal(
            [("rewrite.from", 2), ("retrievers[0].model", 5), ("retrievers[1].model", 6), ("retrievers[2].dept", 8), ("fusion.method", 9), ("rerank[0].kind", 11), ("rerank[0].with", 12), ("cut", 13)],
            problems.Select(problem => (problem.Field, problem.Line)).OrderBy(problem => problem.Line));
        Assert.Contains("did you mean 'depth'", problems.Single(problem => problem.Field == "retrievers[2].dept").Message);
    }

    [Fact]
    public void Two_retrievers_need_two_names_and_z_scores_know_no_weights()
    {
        var (_, problems) = PipelineSpecs.Read("retrievers: [{kind: bm25, weight: 2}, {kind: bm25}]\nfusion: zscore");
        Assert.Equal(["fusion.method", "retrievers"], problems.Select(problem => problem.Field).Order());
        Assert.Equal(["retrievers[0].bm25.rm3", "retrievers[0].bm25.rm3.feedbackTerms"],
            PipelineSpecs.Read("retrievers: {kind: bm25, bm25: {variant: bright, rm3: {feedbackTerms: 0}}}").Problems.Select(problem => problem.Field).Order());
        Assert.Equal("retrievers", Assert.Single(PipelineSpecs.Read("cut: 5").Problems).Field);
        Assert.Throws<SpecSyntaxException>(() => PipelineSpecs.Read("a: [b"));
    }

    [Fact]
    public void The_hash_is_of_what_a_pipeline_does()
    {
        static string Hash(string text) => PipelineSpecs.Hash(PipelineSpecs.Read(text).Spec);
        var shortest = Hash("retrievers: bm25");
        Assert.Equal(shortest, Hash("{\"description\": \"words\", \"retrievers\": [{\"kind\": \"bm25\", \"bm25\": {\"k1\": 0.9}, \"depth\": 1000, \"query\": \"rewritten\"}], \"cut\": 1000}"));
        Assert.NotEqual(shortest, Hash("retrievers: {kind: bm25, bm25: {k1: 0.8}}"));
        Assert.NotEqual(shortest, Hash("retrievers: bm25\nexclusions: {apply: false}"));
        Assert.Equal(64, shortest.Length);
    }

    [Fact]
    public void A_difference_names_fields_with_defaults_written_out()
    {
        var a = PipelineSpecs.Read("retrievers: [bm25, {kind: dense, model: m}]").Spec;
        var b = PipelineSpecs.Read("retrievers: [{kind: bm25, bm25: {variant: bright}}, {kind: dense, model: m}]\nfusion: {k: 10}\ndescription: x").Spec;
        Assert.Equal(
            [new PipelineDifference("fusion.k", "60", "10"), new PipelineDifference("retrievers[0].bm25.variant", "\"lucene\"", "\"bright\"")],
            PipelineDifference.Between(a, b));
        Assert.Empty(PipelineDifference.Between(a, a with { Description = "other words" }));
    }

    [Fact]
    public void A_number_that_has_a_default_is_switched_off_by_null_and_stays_off()
    {
        var spec = PipelineSpecs.Read("retrievers: [{kind: bm25}]\nrerank: [{kind: pointwise, llm: {topP: null}}]\n").Spec;
        Assert.Null(spec.Rerank![0].Llm!.TopP);
        Assert.Null(PipelineSpecs.Parse(PipelineSpecs.ToJson(spec)).Rerank![0].Llm!.TopP);
        Assert.Equal(0.9, PipelineSpecs.Read("retrievers: [{kind: bm25}]\nrerank: [{kind: pointwise, llm: {task: pony}}]\n").Spec.Rerank![0].Llm!.TopP);
        var seeds = SynthesizeSpecs.Read(SynthesizeSpecs.ToYaml(new("c", "d", Extractive: new("examples"), Seeds: new(NearDuplicates: null)))).Spec.Seeds!;
        Assert.Null(seeds.NearDuplicates);
    }
}
