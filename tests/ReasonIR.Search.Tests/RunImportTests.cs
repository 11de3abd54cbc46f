using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Results;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Runs;
using ReasonIR.Testing;
using ReasonIR.Testing.Services;

namespace ReasonIR.Search.Tests;

/// <summary>Runs made elsewhere, measured here.</summary>
public sealed class RunImportTests(PostgresFixture postgres)
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Real ReasonIR-8B rankings against BRIGHT's own examples. The documents' texts are on the hub; the measures need none.</summary>
    [Theory]
    [InlineData("biology", 0.4349)]
    [InlineData("economics", 0.3265)]
    [InlineData("leetcode", 0.3168)]
    [InlineData("pony", 0.1955)]
    [InlineData("aops", 0.0737)]
    [InlineData("theoremqa_theorems", 0.3668)]
    public async Task Real_runs_have_the_known_figures(string task, double expected)
    {
        var (examples, run) = (SharedData.Require($"data/bright/examples/{task}.jsonl.gz"), SharedData.Require($"data/bright/runs/reasonir-8b-gpt4-{task}.trec"));
        await using var service = await ServiceUnderTest<Program>.StartAsync(postgres);
        await using var unpacked = new GZipStream(File.OpenRead(examples), CompressionMode.Decompress);
        var lines = await new StreamReader(unpacked).ReadToEndAsync(Token);
        var rankings = await File.ReadAllTextAsync(run, Token);
        var documents = new StringBuilder();
        foreach (var id in rankings.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => line.Split()[2]).Distinct())
            documents.Append(JsonSerializer.Serialize(new { id, content = id })).Append('\n');
        await service.MakeAsync<ImportOutput>(new ImportSpec("task", service.Upload(("documents.jsonl", documents.ToString()), ("examples.jsonl", lines))));
        var output = await service.MakeAsync<EvaluateOutput>(new ImportRunSpec("task", "reasonir-8b-gpt4", service.Upload(("run.trec", rankings)), Label: "data"));
        await using var db = await service.OpenAsync();
        var result = await db.Results.Include(row => row.Queries).SingleAsync(row => row.Id == output.Results["reasonir-8b-gpt4"], Token);
        Assert.Equal(expected, result.Measures["ndcg_cut_10"], 0.00005);
        Assert.Equal(result.QueryCount, result.Queries.Count);
        Assert.All(result.Queries, query => Assert.Contains("judged_10", query.Measures.Keys));
        Assert.Equal(("imported-run", null), (ExperimentsJson.Read<Provenance>(result.Provenance).System.Kind, ExperimentsJson.Read<Provenance>(result.Provenance).Analyzer));
    }

    [Fact]
    public async Task Excluded_documents_leave_an_imported_run_before_the_cut()
    {
        await using var service = await ServiceUnderTest<Program>.StartAsync(postgres);
        await service.MakeAsync<ImportOutput>(new ImportSpec("c", service.Upload(
            ("documents.jsonl", "{\"id\":\"a\",\"content\":\"x\"}\n{\"id\":\"b\",\"content\":\"y\"}\n"),
            ("examples.jsonl", "{\"id\":\"1\",\"query\":\"q\",\"gold_ids\":[\"b\"],\"excluded_ids\":[\"a\"]}\n{\"id\":\"2\",\"query\":\"q\",\"gold_ids\":[\"b\"]}\n"))));
        const string run = "1 Q0 a 1 9 x\n1 Q0 b 2 8 x\n7 Q0 b 1 1 x\n";
        await service.MakeAsync<EvaluateOutput>(new ImportRunSpec("c", "with", service.Upload(("r.trec", run)), Depth: 1));
        await service.MakeAsync<EvaluateOutput>(new ImportRunSpec("c", "without", service.Upload(("r.trec", run)), Depth: 1, Exclusions: false));
        await using var db = await service.OpenAsync();
        var results = await db.Results.AsNoTracking().OrderBy(row => row.Id).ToListAsync(Token);
        Assert.Equal([1, 0], results.Select(row => row.Measures["recip_rank"]));
        Assert.Equal([1, 1], results.Select(row => row.QueryCount));
        Assert.Contains(await db.RunLogs.Select(line => line.Message).ToListAsync(Token), line => line.Contains("1 of 2 judged queries are not in the run"));
    }

    [Theory]
    [InlineData("1 Q0 a 1 nine x\n", "r.trec:1")]
    [InlineData("8 Q0 a 1 9 x\n", "none of the 1 judged queries")]
    public async Task A_run_that_cannot_be_measured_is_refused(string run, string expected)
    {
        await using var service = await ServiceUnderTest<Program>.StartAsync(postgres);
        await service.MakeAsync<ImportOutput>(new ImportSpec("c", service.Upload(
            ("documents.jsonl", "{\"id\":\"a\",\"content\":\"x\"}\n"), ("examples.jsonl", "{\"id\":\"1\",\"query\":\"q\",\"gold_ids\":[\"a\"]}\n"))));
        var failed = await service.RunAsync(new ImportRunSpec("c", "x", service.Upload(("r.trec", run))));
        Assert.Equal(RunState.Failed, failed.State);
        Assert.Contains(expected, failed.Error);
    }
}
