using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Results;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Search;
using ReasonIR.Contracts.Serialization;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Runs;

namespace ReasonIR.Portal.Benchmarks;

/// <summary>
/// The commands that make a result again, on a system that has nothing yet: the runs behind it, back to the files that people brought. Commands name files
/// as their user did; run them from the same folder. What only its maker has is named in capitals.
/// </summary>
public sealed class Reproduction(IDbContextFactory<ExperimentsDb> databases)
{
    /// <summary>One command a line, in their order.</summary>
    public async Task<IReadOnlyList<string>> CommandsAsync(ResultInfo result, CancellationToken ct)
    {
        var system = result.Provenance.TryGetProperty("system", out var json) ? json.Deserialize<SystemSpec>(ReasonIrJson.Web) : null;
        if (system is null)
            return [];
        await using var db = await databases.CreateDbContextAsync(ct);
        var commands = new RunCommands(db);
        await commands.AddCorpusAsync(result.Corpus, ct);
        var run = await db.Runs.AsNoTracking().SingleAsync(row => row.Id == result.RunId, ct);
        if (run.Kind == RunKinds.ImportRun)
            commands.Add(RunCommands.ImportRun(ExperimentsJson.Read<ImportRunSpec>(run.Spec) with { QuerySet = result.QuerySet }));
        else
        {
            foreach (var model in Models(result, system))
                await commands.AddModelAsync(model, ct);
            await AddIndexesAsync(commands, db, result, system, ct);
            var spec = ExperimentsJson.Read<EvaluateSpec>(run.Spec);
            // What a stored pipeline held stands in its stages: its name need not be there.
            var alone = system.Stages is null ? system : system with { Pipeline = null };
            commands.Add(RunCommands.Start(spec with { Systems = [alone], QuerySet = result.QuerySet, Baseline = alone.Name, Label = null }));
        }
        commands.Add($"./reasonir qrels {result.Corpus} {result.QuerySet} > qrels.trec");
        commands.Add("./reasonir measure qrels.trec RUN-FILE   # the run file of this result, without a database");
        return commands.All;
    }

    /// <summary>The encoders: the system's own, or those of a pipeline's stages.</summary>
    static IEnumerable<string> Models(ResultInfo result, SystemSpec system)
    {
        if (system.Model is { } model)
            yield return model;
        if (result.Provenance.TryGetProperty("pipeline", out var pipeline) && pipeline.ValueKind == JsonValueKind.Object && pipeline.TryGetProperty("models", out var models))
            foreach (var used in models.EnumerateObject())
                yield return used.Name;
    }

    static async Task AddIndexesAsync(RunCommands commands, ExperimentsDb db, ResultInfo result, SystemSpec system, CancellationToken ct)
    {
        if (result.Provenance.TryGetProperty("indexes", out var json) && json.Deserialize<List<IndexUsed>>(ReasonIrJson.Web) is { } indexes)
        {
            foreach (var index in indexes)
                if (await db.Runs.AsNoTracking().SingleOrDefaultAsync(row => row.Id == index.RunId && row.Kind == RunKinds.Index, ct) is { } run)
                    commands.Add(RunCommands.Index(ExperimentsJson.Read<IndexSpec>(run.Spec)));
            return;
        }
        // Results of versions that did not record them.
        if (system.Kind is "bm25" or "hybrid")
            commands.Add(RunCommands.Index(new(result.Corpus, "bm25")));
        if (system.Model is { } model)
            commands.Add(RunCommands.Index(new(result.Corpus, "dense", model)));
    }
}
