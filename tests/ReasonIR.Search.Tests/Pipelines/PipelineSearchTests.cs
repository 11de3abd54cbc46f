using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using ReasonIR.Contracts;
using ReasonIR.Contracts.Pipelines;
using ReasonIR.Contracts.Results;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Search;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Pipelines;
using ReasonIR.Experiments.Runs;
using ReasonIR.Testing;
using ReasonIR.Testing.Services;

namespace ReasonIR.Search.Tests.Pipelines;

public sealed class PipelineSearchTests(PostgresFixture postgres)
{
    const string Corpus = """
        {"_id":"moon","text":"The moon pulls the sea and the tide rises."}
        {"_id":"boat","text":"A rising tide lifts boats in the harbor."}
        {"_id":"kettle","text":"The kettle sings before the water boils."}
        {"_id":"road","text":"Salt keeps ice off the road."}

        """;

    const string Queries = "{\"_id\":\"q1\",\"text\":\"harbor empties twice a day\"}\n{\"_id\":\"q2\",\"text\":\"noise in the kitchen\"}\n";

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_retriever_gives_what_the_plain_system_gives()
    {
        await using var service = await StartAsync();
        var client = new SearchClient(service.Http);
        var plain = await client.SearchAsync(new("c", "tide in the harbor", new("bm25", "bm25", Bm25: new("bright"))), Token);
        var piped = await client.SearchAsync(new("c", "tide in the harbor", new("p", "pipeline", Stages: Read("retrievers: {kind: bm25, bm25: {variant: bright}}"))), Token);
        Assert.Equal(plain.Hits.Select(hit => (hit.DocumentId, hit.Score)), piped.Hits.Select(hit => (hit.DocumentId, hit.Score)));
        Assert.Equal(["bm25"], piped.Stages.Select(stage => stage.Name));
        Assert.Null(piped.Stages[0].Documents);
    }

    [Fact]
    public async Task Stages_are_timed_and_show_what_they_gave()
    {
        await using var service = await StartAsync();
        await service.Services.GetRequiredService<RewriteStore>().SaveAsync("mine", new Dictionary<string, string> { ["noise  in the\nkitchen"] = "kettle sings" }, Token);
        var spec = Read("""
            rewrite: {from: stored, set: mine}
            retrievers: [{kind: bm25, name: new}, {kind: bm25, name: old, query: original}]
            exclusions: {documents: [road]}
            """);
        var answer = await new SearchClient(service.Http).SearchAsync(new("c", "noise in the kitchen", new("p", "pipeline", Stages: spec), Explain: true), Token);
        Assert.Equal(["rewrite", "new", "old", "fusion"], answer.Stages.Select(stage => stage.Name));
        Assert.Equal(["kettle sings"], answer.Stages[0].Texts!);
        Assert.Equal("kettle", answer.Stages[1].Documents![0].Id);
        Assert.All(answer.Stages.Skip(1), stage => Assert.DoesNotContain(stage.Documents!, document => document.Id == "road"));
        Assert.Equal(1, answer.Hits[0].Parts!["new"].Rank);
        var unknown = await Assert.ThrowsAsync<ServiceException>(() => new SearchClient(service.Http).SearchAsync(new("c", "another", new("p", "pipeline", Stages: spec)), Token));
        Assert.Contains("'mine' lack 1 of 1", unknown.Message);
    }

    [Theory]
    [InlineData("replace", "kettle")]
    [InlineData("interleave", "kettle,boat")]
    public async Task Joining_decides_what_becomes_of_the_original(string join, string expected)
    {
        await using var service = await StartAsync();
        await service.Services.GetRequiredService<RewriteStore>().SaveAsync("mine", new Dictionary<string, string> { ["harbor"] = "kettle" }, Token);
        var spec = Read($"{{rewrite: {{from: stored, set: mine, join: {join}}}, retrievers: bm25}}");
        var answer = await new SearchClient(service.Http).SearchAsync(new("c", "harbor", new("p", "pipeline", Stages: spec)), Token);
        Assert.Equal(expected.Split(',').Order(), answer.Hits.Select(hit => hit.DocumentId).Order());
        // The original's ranking comes first where they take turns.
        Assert.Equal(join == "interleave" ? "boat" : "kettle", answer.Hits[0].DocumentId);
    }

    [Fact]
    public async Task A_stored_version_is_measured_and_its_result_says_what_it_was()
    {
        await using var service = await StartAsync();
        var store = service.Services.GetRequiredService<PipelineStore>();
        var first = await SaveAsync(store, "reasoned", "{rewrite: {from: query-set, set: gpt}, retrievers: bm25}");
        await SaveAsync(store, "reasoned", "{rewrite: {from: query-set, set: gpt}, retrievers: {kind: bm25, query: original}}");
        await service.MakeAsync<ImportOutput>(new ImportSpec("c", service.Upload(("corpus.jsonl", Corpus), ("queries.jsonl", "{\"_id\":\"q1\",\"text\":\"moon pulls\"}\n{\"_id\":\"q2\",\"text\":\"kettle sings\"}\n"),
            ("qrels/gpt.tsv", "q1\tmoon\t1\nq2\tkettle\t1\n"))));
        var run = await service.RunAsync(new EvaluateSpec("c", [new("bm25", "bm25"), new("one", "pipeline", Pipeline: "reasoned@1"), new("two", "pipeline", Pipeline: "reasoned")], "test"));
        Assert.True(run.State == RunState.Succeeded, run.Error);
        await using var db = await service.OpenAsync();
        var results = await db.Results.AsNoTracking().ToDictionaryAsync(row => row.System, Token);
        Assert.Equal(1, results["one"].Measures["ndcg_cut_10"]);
        Assert.Equal(results["bm25"].Measures["ndcg_cut_10"], results["two"].Measures["ndcg_cut_10"]);
        Assert.True(results["two"].Measures["ndcg_cut_10"] < 1);
        var provenance = ExperimentsJson.Read<Provenance>(results["one"].Provenance);
        Assert.Equal(("reasoned@1", first.ContentHash), (provenance.Pipeline!.Name, provenance.Pipeline.Hash));
        Assert.NotNull(provenance.Pipeline.Rewrites);
        Assert.Equal("lucene-english", provenance.Analyzer);
        Assert.Equal("reasoned@2", ExperimentsJson.Read<Provenance>(results["two"].Provenance).Pipeline!.Name);
    }

    [Fact]
    public async Task What_is_not_there_is_named()
    {
        await using var service = await StartAsync();
        var client = new SearchClient(service.Http);
        Assert.Contains("no pipeline 'ghost'", (await Assert.ThrowsAsync<ServiceException>(() => client.SearchAsync(new("c", "x", new("p", "pipeline", Pipeline: "ghost")), Token))).Message);
        Assert.Contains("system.stages.retrievers[0].kind", (await Assert.ThrowsAsync<ServiceException>(() => client.SearchAsync(new("c", "x", new("p", "pipeline", Stages: new([new("magic")]))), Token))).Message);
        Assert.Contains("system.pipeline", (await Assert.ThrowsAsync<ServiceException>(() => client.SearchAsync(new("c", "x", new("p", "pipeline")), Token))).Message);
        Assert.Contains("no set of rewrites 'ghost'", (await Assert.ThrowsAsync<ServiceException>(() =>
            client.SearchAsync(new("c", "x", new("p", "pipeline", Stages: Read("{rewrite: {from: stored, set: ghost}, retrievers: bm25}"))), Token))).Message);
    }

    async Task<ServiceUnderTest<Program>> StartAsync()
    {
        var service = await ServiceUnderTest<Program>.StartAsync(postgres);
        await service.MakeAsync<ImportOutput>(new ImportSpec("c", service.Upload(("corpus.jsonl", Corpus), ("queries.jsonl", Queries), ("qrels/test.tsv", "q1\tmoon\t1\nq2\tkettle\t1\n"))));
        await service.MakeAsync<IndexOutput>(new IndexSpec("c", "bm25"));
        return service;
    }

    static PipelineSpec Read(string text)
    {
        var (spec, problems) = PipelineSpecs.Read(text);
        Assert.Empty(problems);
        return spec;
    }

    static Task<Pipeline> SaveAsync(PipelineStore store, string name, string text)
    {
        var spec = Read(text);
        return store.SaveAsync(name, PipelineSpecs.ToJson(spec), PipelineSpecs.Hash(spec), Token);
    }
}
