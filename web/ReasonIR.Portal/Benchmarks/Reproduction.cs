using System.Globalization;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Benchmarks;
using ReasonIR.Contracts.Results;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Search;
using ReasonIR.Contracts.Serialization;
using ReasonIR.Experiments;

namespace ReasonIR.Portal.Benchmarks;

/// <summary>The commands that make a result again, on a system that has nothing yet.</summary>
public sealed class Reproduction(IDbContextFactory<ExperimentsDb> databases)
{
    /// <summary>One command a line; what only its maker has is named in capitals.</summary>
    public async Task<IReadOnlyList<string>> CommandsAsync(ResultInfo result, CancellationToken ct)
    {
        var system = result.Provenance.TryGetProperty("system", out var json) ? json.Deserialize<SystemSpec>(ReasonIrJson.Web) : null;
        if (system is null)
            return [];
        await using var db = await databases.CreateDbContextAsync(ct);
        var source = await db.Corpora.Where(corpus => corpus.Name == result.Corpus).Select(corpus => corpus.Source).SingleOrDefaultAsync(ct) ?? "";
        var run = await db.Runs.AsNoTracking().SingleAsync(row => row.Id == result.RunId, ct);
        var commands = new List<string> { Import(result.Corpus, source) };
        if (run.Kind == RunKinds.ImportRun)
        {
            var spec = ExperimentsJson.Read<ImportRunSpec>(run.Spec);
            commands.Add($"./reasonir import-run {result.Corpus} {system.Name} {Quoted(spec.Source ?? "RUN-FILE")} --query-set {result.QuerySet}{(spec.Depth == 1000 ? "" : $" --depth {spec.Depth}")}{(spec.Exclusions ? "" : " --no-exclusions")}");
        }
        else
        {
            var spec = ExperimentsJson.Read<EvaluateSpec>(run.Spec);
            if (system.Kind is "bm25" or "hybrid")
                commands.Add($"./reasonir index {result.Corpus}");
            if (system.Model is { } model)
            {
                commands.Add(await ModelAsync(db, result, model, ct));
                commands.Add($"./reasonir index {result.Corpus} --model {model}");
            }
            commands.Add(string.Join(' ', Evaluate(result, spec, system)));
        }
        commands.Add($"./reasonir measure QRELS RUN-FILE   # the run file of this page, without a database");
        return commands;
    }

    static string Import(string corpus, string source)
    {
        foreach (var benchmark in BenchmarkRegistry.All)
            foreach (var task in benchmark.Tasks)
                foreach (var longDocuments in new[] { false, true })
                    if (benchmark.Corpus(task, longDocuments) == corpus)
                        return $"./reasonir benchmark import {benchmark.Name} --tasks {task.Id}{(longDocuments ? " --long" : "")}{(source.Contains('@') ? $"   # it was {source}" : "")}";
        return $"./reasonir import {corpus} {Quoted(source.Length == 0 ? "FOLDER" : source)}";
    }

    static async Task<string> ModelAsync(ExperimentsDb db, ResultInfo result, string model, CancellationToken ct)
    {
        var source = result.Provenance.TryGetProperty("weights", out var weights) && weights.ValueKind == JsonValueKind.Object && weights.TryGetProperty("source", out var text) ? text.GetString() : null;
        if (source is not null)
            return $"./reasonir model pull {source} --name {model}";
        var maker = await db.Models.Where(row => row.Name == model)
            .Join(db.Runs.Where(run => run.Kind == RunKinds.Train), row => row.RunId, run => run.Id, (_, run) => (long?)run.Id).SingleOrDefaultAsync(ct);
        var revision = result.Provenance.TryGetProperty("modelRevision", out var hash) ? hash.GetString() : null;
        return maker is { } id ? $"./reasonir run start train SPEC.json   # the spec of run {id}, which trained {model}, with its data"
            : $"./reasonir register {model} MODEL-FOLDER   # its files have the hash {revision}";
    }

    static IEnumerable<string> Evaluate(ResultInfo result, EvaluateSpec spec, SystemSpec system)
    {
        yield return $"./reasonir evaluate {result.Corpus} --query-set {result.QuerySet}";
        if (system.Model is { } model)
            yield return $"--model {model}";
        if (system.Bm25 is { Variant: not "lucene" } bm25)
            yield return $"--bm25 {bm25.Variant}";
        if (system.Bm25 is { } own && (own.K1, own.B) != (0.9, 0.4))
            yield return string.Create(CultureInfo.InvariantCulture, $"--k1 {own.K1} --b {own.B}");
        if (system.Instruction is { } told)
            yield return told.Task is { } task ? $"--task-instruction {task}" : $"--instruction {Quoted(told.Text!)}";
        if (!spec.Exclusions)
            yield return "--no-exclusions";
        // What the verb has no option for stands in a spec.
        if (spec.Depth != 1000 || system.Bm25?.Rm3 is not null || system.Fusion is { } fusion && fusion != new FusionSettings())
            yield return string.Create(CultureInfo.InvariantCulture, $"  # with other settings: ./reasonir run start evaluate SPEC.json, the spec of run {result.RunId}");
    }

    static string Quoted(string text) => text.Any(char.IsWhiteSpace) ? $"'{text.Replace("'", "'\\''")}'" : text;
}
