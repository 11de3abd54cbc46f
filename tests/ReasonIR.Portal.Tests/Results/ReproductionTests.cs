using System.Text.Json;
using System.Text.RegularExpressions;
using ReasonIR.Contracts.Results;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Search;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Results;
using ReasonIR.Experiments.Runs;
using ReasonIR.Testing.Services;

namespace ReasonIR.Portal.Tests.Results;

/// <summary>The commands of a result: all that it was made of, in an order that works on an empty system, as a shell takes them.</summary>
public sealed partial class ReproductionTests(PortalFixture portal)
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_trained_systems_commands_go_back_to_the_files()
    {
        await using var service = await ServiceUnderTest<Program>.StartAsync(portal.Postgres);
        var system = new SystemSpec("mine", "hybrid", "enc", new("bright", K1: 1.2), new("rrf", K: 30));
        var id = await AddAsync(service, system);
        var commands = await CommandsAsync(service, id);
        Assert.Equal(
        [
            "./reasonir import notes 'my folder/notes.csv' --id id --text body",
            "synthesize", "train",
            "./reasonir index notes --analyzer simple",
            "./reasonir index notes --model enc --storage bf16 --passages tokens:64:16",
            "evaluate",
            "./reasonir qrels notes test > qrels.trec",
            "./reasonir measure qrels.trec RUN-FILE   # the run file of this result, without a database",
        ], commands.Select(command => Started().Match(command) is { Success: true } started ? started.Groups[2].Value : command));

        // Each spec is one that a new system takes: no upload's id, no version that it cannot have.
        Assert.Equal("pairs", Assert.IsType<SynthesizeSpec>(Spec(commands[1])).Dataset);
        Assert.Null(Assert.Single(Assert.IsType<TrainSpec>(Spec(commands[2])).Data.Sources).Version);
        var evaluation = Assert.IsType<EvaluateSpec>(Spec(commands[5]));
        Assert.Equal((system, "mine", "test", 500, false), (Assert.Single(evaluation.Systems), evaluation.Baseline, evaluation.QuerySet, evaluation.Depth, evaluation.Exclusions));
    }

    [Fact]
    public async Task An_imported_run_is_imported_again()
    {
        await using var service = await ServiceUnderTest<Program>.StartAsync(portal.Postgres);
        var id = await AddAsync(service, new("theirs", "imported-run"), new ImportRunSpec("notes", "theirs", Guid.NewGuid().ToString("N"), Depth: 100, Label: "their's", Source: "runs/a.trec"));
        Assert.Contains("./reasonir import-run notes theirs runs/a.trec --query-set test --depth 100 --label 'their'\\''s'", await CommandsAsync(service, id));
    }

    static async Task<long> AddAsync(ServiceUnderTest<Program> service, SystemSpec system, ImportRunSpec? imported = null)
    {
        await using var db = await service.OpenAsync();
        var corpus = new Corpus { Name = "notes", State = CorpusState.Ready };
        var set = new QuerySet { Corpus = corpus, Name = "test" };
        db.QuerySets.Add(set);
        Add(new ImportSpec("notes", Guid.NewGuid().ToString("N"), Columns: new("id", "body"), Source: "my folder/notes.csv"));
        var synthesis = Add(new SynthesizeSpec("notes", "pairs", Seed: 7));
        var training = Add(TrainSpec.Of("enc", "pairs", 3));
        var bm25 = Add(new IndexSpec("notes", "bm25", Analyzer: "simple"));
        var dense = Add(new IndexSpec("notes", "dense", "enc", Storage: "bf16", Passages: "tokens:64:16"));
        var evaluation = Add(imported is null ? new EvaluateSpec("notes", [system, new("bm25", "bm25")], Depth: 500, Label: "x", Exclusions: false) : imported);
        await db.SaveChangesAsync(Token);
        db.DatasetVersions.Add(new() { Dataset = new() { Name = "pairs" }, Version = 3, CorpusId = corpus.Id, Generator = "extractive", RunId = synthesis.Id });
        db.Models.Add(new() { Name = "enc", Kind = "static", Path = "none", RunId = training.Id });
        var indexes = new[] { bm25, dense }.Select((run, i) => new IndexUsed(i, run.Id, i == 0 ? "bm25" : "dense", 1, null, JsonSerializer.SerializeToElement(new { })));
        var result = new Result
        {
            RunId = evaluation.Id, CorpusId = corpus.Id, QuerySetId = set.Id, System = system.Name,
            Provenance = ExperimentsJson.Write(new { system, indexes }),
        };
        db.Results.Add(result);
        await db.SaveChangesAsync(Token);
        return result.Id;

        Run Add(IRunSpec spec)
        {
            var run = new Run { Kind = RunSpecs.KindOf(spec), Name = spec.Title, Spec = RunSpecs.ToJson(spec), State = RunState.Succeeded, StartedAt = DateTimeOffset.UtcNow, EndedAt = DateTimeOffset.UtcNow };
            db.Runs.Add(run);
            return run;
        }
    }

    static async Task<IReadOnlyList<string>> CommandsAsync(ServiceUnderTest<Program> service, long id) =>
        JsonSerializer.Deserialize<List<string>>(await service.Http.GetStringAsync($"/api/results/{id}/commands", Token))!;

    static IRunSpec Spec(string command)
    {
        var started = Started().Match(command);
        return RunSpecs.Parse(started.Groups[2].Value, JsonSerializer.Deserialize<JsonElement>(started.Groups[1].Value));
    }

    [GeneratedRegex("""^printf %s '([^']*)' \| \./reasonir run start (\S+) -$""")]
    private static partial Regex Started();
}
