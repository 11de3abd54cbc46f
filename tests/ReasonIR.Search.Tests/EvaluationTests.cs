using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using ReasonIR.Contracts.Pipelines;
using ReasonIR.Contracts.Results;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Pipelines;
using ReasonIR.Experiments.Runs;
using ReasonIR.Testing;
using ReasonIR.Testing.Services;

namespace ReasonIR.Search.Tests;

public sealed class EvaluationTests(PostgresFixture postgres)
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>From the files through database, index and evaluation: the reference figures of golden/bm25.</summary>
    [Theory]
    [InlineData("theoremqa", 0.4966, 0.5451)]
    [InlineData("bright/pool-theoremqa_questions", 0.3222, 0.3771)]
    public async Task Both_bm25s_give_the_reference_figures(string collection, double lucene, double bright)
    {
        var folder = SharedData.Require($"data/{collection}");
        await using var service = await ServiceUnderTest<Program>.StartAsync(postgres);
        await service.MakeAsync<ImportOutput>(new ImportSpec("c", service.UploadFolder(folder)));
        await service.MakeAsync<IndexOutput>(new IndexSpec("c", "bm25"));
        var output = await service.MakeAsync<EvaluateOutput>(new EvaluateSpec("c", [new("bright", "bm25", Bm25: new("bright")), new("bm25", "bm25")]));
        await using var db = await service.OpenAsync();
        var results = await db.Results.AsNoTracking().Include(row => row.Queries).ToDictionaryAsync(row => row.System, Token);
        Assert.Equal(output.Results.Values.Order(), results.Values.Select(row => row.Id).Order());
        Assert.Equal(lucene, results["bm25"].Measures["ndcg_cut_10"], 1e-4);
        Assert.Equal(bright, results["bright"].Measures["ndcg_cut_10"], 1e-4);

        var comparison = ExperimentsJson.Read<ComparisonInfo>(results["bright"].Comparison!);
        Assert.Equal("bm25", comparison.Baseline);
        Assert.Equal(bright - lucene, comparison.Difference, 2e-4);
        Assert.InRange(comparison.PValue!.Value, 0, 1e-3);
        Assert.Null(results["bm25"].Comparison);

        var provenance = ExperimentsJson.Read<Provenance>(results["bright"].Provenance);
        Assert.Equal("bright", provenance.System.Bm25!.Variant);
        Assert.Equal("lucene-english", provenance.Analyzer);
        Assert.Equal(results["bright"].QueryCount, results["bright"].Queries.Count);
        Assert.Equal(collection.StartsWith("bright"), provenance.Exclusions > 0);
        Assert.Equal((1, provenance.Exclusions), (provenance.Queries!.Version, provenance.Queries.ExclusionsListed));
        Assert.All([provenance.Queries.TextsHash, provenance.Queries.JudgmentsHash, provenance.Queries.ExclusionsHash, Assert.Single(provenance.Indexes!).Sha256!], hash => Assert.Equal(64, hash.Length));
        Assert.True(provenance.Spent!.Seconds > 0);
    }

    [Fact]
    public async Task A_changed_corpus_makes_its_index_stale_and_a_new_one_is_built()
    {
        await using var service = await ServiceUnderTest<Program>.StartAsync(postgres);
        const string corpus = "{\"_id\":\"a\",\"text\":\"moon and sea\"}\n";
        await service.MakeAsync<ImportOutput>(new ImportSpec("c", service.Upload(("corpus.jsonl", corpus))));
        var first = await service.MakeAsync<IndexOutput>(new IndexSpec("c", "bm25"));
        var same = await service.MakeAsync<IndexOutput>(new IndexSpec("c", "bm25"));
        Assert.Equal((first.IndexId, true), (same.IndexId, same.Reused));
        await service.MakeAsync<ImportOutput>(new ImportSpec("c", service.Upload(("corpus.jsonl", corpus + "{\"_id\":\"b\",\"text\":\"sun\"}\n"))));
        var second = await service.MakeAsync<IndexOutput>(new IndexSpec("c", "bm25"));
        Assert.NotEqual(first.IndexId, second.IndexId);
        Assert.Equal(2, second.Documents);
    }

    [Fact]
    public async Task Without_exclusions_the_ranking_holds_them_and_the_provenance_says_so()
    {
        await using var service = await ServiceUnderTest<Program>.StartAsync(postgres);
        await service.MakeAsync<ImportOutput>(new ImportSpec("c", service.Upload(
            ("documents.jsonl", "{\"id\":\"a\",\"content\":\"the sea\"}\n{\"id\":\"b\",\"content\":\"the sea and the moon\"}\n"),
            ("examples.jsonl", "{\"id\":\"1\",\"query\":\"sea\",\"gold_ids\":[\"b\"],\"excluded_ids\":[\"a\"]}\n"))));
        await service.MakeAsync<IndexOutput>(new IndexSpec("c", "bm25"));
        await service.MakeAsync<EvaluateOutput>(new EvaluateSpec("c", [new("bm25", "bm25")]));
        await service.MakeAsync<EvaluateOutput>(new EvaluateSpec("c", [new("bm25", "bm25")], Exclusions: false));
        await using var db = await service.OpenAsync();
        var results = await db.Results.AsNoTracking().OrderBy(row => row.Id).ToListAsync(Token);
        Assert.Equal([1, 0.5], results.Select(row => row.Measures["recip_rank"]));
        var (with, without) = (ExperimentsJson.Read<Provenance>(results[0].Provenance), ExperimentsJson.Read<Provenance>(results[1].Provenance));
        Assert.Equal((1, true, 0, false), (with.Exclusions, with.Queries!.ExclusionsApplied, without.Exclusions, without.Queries!.ExclusionsApplied));
        Assert.Equal(with.Queries.ExclusionsHash, without.Queries.ExclusionsHash);
    }

    static async Task<ServiceUnderTest<Program>> WithThreeQueriesAsync(PostgresFixture postgres)
    {
        var service = await ServiceUnderTest<Program>.StartAsync(postgres);
        await service.MakeAsync<ImportOutput>(new ImportSpec("c", service.Upload(
            ("corpus.jsonl", "{\"_id\":\"a\",\"text\":\"moon\"}\n{\"_id\":\"b\",\"text\":\"sea and moon\"}\n{\"_id\":\"c\",\"text\":\"sea\"}\n"),
            ("queries.jsonl", "{\"_id\":\"1\",\"text\":\"sea\"}\n{\"_id\":\"2\",\"text\":\"moon\"}\n{\"_id\":\"3\",\"text\":\"moon sea\"}\n"),
            ("qrels/test.tsv", "1\tb\t1\n2\ta\t1\n3\tc\t1\n"))));
        await service.MakeAsync<IndexOutput>(new IndexSpec("c", "bm25"));
        return service;
    }

    static readonly EvaluateSpec OneIsMissing = new("c", [new("bright", "bm25", Bm25: new("bright")), new("late", "pipeline", Pipeline: "late"), new("bm25", "bm25"), new("steep", "bm25", Bm25: new(K1: 2))]);

    static async Task SavePipelineAsync(ServiceUnderTest<Program> service)
    {
        var (spec, problems) = PipelineSpecs.Read("retrievers: {kind: bm25}");
        Assert.Empty(problems);
        await service.Services.GetRequiredService<PipelineStore>().SaveAsync("late", PipelineSpecs.ToJson(spec!), PipelineSpecs.Hash(spec!), Token);
    }

    /// <summary>How often each system was ranked and measured: every time leaves a line.</summary>
    static async Task<Dictionary<string, int>> MeasuredAsync(ServiceUnderTest<Program> service, long run)
    {
        await using var db = await service.OpenAsync();
        var lines = await db.RunLogs.Where(line => line.RunId == run).Select(line => line.Message).ToListAsync(Token);
        return lines.Where(line => line.Contains(": nDCG@10 ")).CountBy(line => line[..line.IndexOf(':')]).ToDictionary();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)] // anew, without metrics and work folder
    public async Task An_evaluation_that_failed_goes_on_with_what_it_has_not_measured(bool retried)
    {
        await using var service = await WithThreeQueriesAsync(postgres);
        var failed = await service.RunAsync(OneIsMissing);
        Assert.Contains("no pipeline 'late'", failed.Error);
        Assert.Equal(new() { ["bm25"] = 1, ["bright"] = 1 }, await MeasuredAsync(service, failed.Id));
        await using var db = await service.OpenAsync();
        var before = await db.Results.AsNoTracking().ToDictionaryAsync(row => row.System, row => row.Id, Token);

        await SavePipelineAsync(service);
        await (retried ? service.Queue.RetryAsync(failed.Id, Token) : service.Queue.ResumeAsync(failed.Id, Token));
        var run = await service.Queue.WaitAsync(failed.Id, Token);
        Assert.True(run.State == RunState.Succeeded, run.Error);
        Assert.Equal(new() { ["bm25"] = 1, ["bright"] = 1, ["late"] = 1, ["steep"] = 1 }, await MeasuredAsync(service, run.Id));
        var output = run.ReadOutput<EvaluateOutput>()!.Results;
        Assert.Equal((before["bm25"], before["bright"]), (output["bm25"], output["bright"]));
        var results = await db.Results.AsNoTracking().ToDictionaryAsync(row => row.System, Token);
        Assert.Equal(output.ToHashSet(), results.ToDictionary(pair => pair.Key, pair => pair.Value.Id).ToHashSet());
        Assert.Equal(4, await db.RunMetrics.CountAsync(metric => metric.RunId == run.Id, Token));

        // Tested against the stored baseline as in a run that nothing interrupted.
        var whole = (await service.MakeAsync<EvaluateOutput>(OneIsMissing)).Results;
        foreach (var (system, id) in whole)
        {
            var fresh = await db.Results.AsNoTracking().SingleAsync(row => row.Id == id, Token);
            Assert.Equal((fresh.Comparison, system == "bm25"), (results[system].Comparison, results[system].Comparison is null));
        }
    }

    [Fact]
    public async Task An_evaluation_whose_worker_was_killed_between_systems_measures_none_twice()
    {
        await using var service = await WithThreeQueriesAsync(postgres);
        await SavePipelineAsync(service);
        var ended = await service.RunAsync(OneIsMissing);
        await using var db = await service.OpenAsync();
        // As a worker leaves it that dies while it ranks the last system: running, its lease over.
        await db.Results.Where(row => row.System == "steep").ExecuteDeleteAsync(Token);
        await db.Database.ExecuteSqlAsync(
            $"update runs set state = 'running', ended_at = null, output = null, fence = fence + 1, lease_owner = 'dead', lease_until = now() - interval '1 minute' where id = {ended.Id}", Token);
        await service.MakeAsync<IndexOutput>(new IndexSpec("c", "bm25")); // wakes the worker
        var run = await service.Queue.WaitAsync(ended.Id, Token);
        Assert.True(run.State == RunState.Succeeded, run.Error);
        Assert.Equal(new() { ["bm25"] = 1, ["bright"] = 1, ["late"] = 1, ["steep"] = 2 }, await MeasuredAsync(service, run.Id));
        Assert.Equal(4, await db.Results.CountAsync(row => row.RunId == run.Id, Token));
        Assert.NotNull((await db.Results.SingleAsync(row => row.System == "steep", Token)).Comparison);
    }

    [Fact]
    public async Task An_evaluation_does_not_go_on_over_queries_that_changed()
    {
        await using var service = await WithThreeQueriesAsync(postgres);
        var failed = await service.RunAsync(OneIsMissing);
        await SavePipelineAsync(service);
        await using var db = await service.OpenAsync();
        await db.Database.ExecuteSqlAsync($"update query_sets set content_hash = 'another', version = version + 1", Token);
        await service.Queue.ResumeAsync(failed.Id, Token);
        var run = await service.Queue.WaitAsync(failed.Id, Token);
        Assert.Contains("changed since this run measured 'bm25'", run.Error);
        Assert.Equal(2, await db.Results.CountAsync(Token));
    }

    [Fact]
    public async Task Ids_with_white_space_are_measured_and_stand_encoded_in_the_run_file()
    {
        await using var service = await ServiceUnderTest<Program>.StartAsync(postgres);
        await service.MakeAsync<ImportOutput>(new ImportSpec("c", service.Upload(
            ("corpus.jsonl", "{\"_id\":\"my notes/tides.md\",\"text\":\"moon and sea\"}\n{\"_id\":\"b\",\"text\":\"sun\"}\n"),
            ("queries.jsonl", "{\"_id\":\"q 1\",\"text\":\"sea\"}\n"),
            ("qrels/test.tsv", "query-id\tcorpus-id\tscore\nq 1\tmy notes/tides.md\t1\n"))));
        await service.MakeAsync<IndexOutput>(new IndexSpec("c", "bm25"));
        await service.MakeAsync<EvaluateOutput>(new EvaluateSpec("c", [new("bm25", "bm25")]));
        await using var db = await service.OpenAsync();
        var result = await db.Results.AsNoTracking().SingleAsync(Token);
        Assert.Equal(1, result.Measures["ndcg_cut_10"]);
        var file = await db.Artifacts.Where(row => row.Id == result.RunFileArtifactId).Select(row => row.Path).SingleAsync(Token);
        Assert.StartsWith("q%201 Q0 my%20notes%2Ftides.md 1 ", File.ReadAllText(Path.Combine(service.Artifacts, file)));
    }

    [Fact]
    public async Task What_cannot_be_measured_says_why()
    {
        await using var service = await ServiceUnderTest<Program>.StartAsync(postgres);
        await service.MakeAsync<ImportOutput>(new ImportSpec("c", service.Upload(("corpus.jsonl", "{\"_id\":\"a\",\"text\":\"moon\"}\n"))));
        Assert.Contains("no corpus 'nowhere'", (await service.RunAsync(new EvaluateSpec("nowhere", [new("bm25", "bm25")]))).Error);
        Assert.Contains("none", (await service.RunAsync(new EvaluateSpec("c", [new("bm25", "bm25")]))).Error);
        Assert.Contains("no model 'ghost'", (await service.RunAsync(new IndexSpec("c", "dense", "ghost"))).Error);
    }
}
