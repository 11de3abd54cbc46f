using System.Text.Json;
using ReasonIR.Contracts.Results;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Search;
using ReasonIR.Contracts.Serialization;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Results;
using ReasonIR.Experiments.Runs;
using ReasonIR.Testing.Services;

namespace ReasonIR.Portal.Tests.Results;

/// <summary>The commands of a result: as a shell takes them.</summary>
public sealed class ReproductionTests(PortalFixture portal)
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

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
            Provenance = JsonSerializer.Serialize(new { system, indexes }, ReasonIrJson.Web),
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
}
