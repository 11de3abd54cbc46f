using System.Globalization;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Runs.Training;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Runs;

namespace ReasonIR.Portal.Benchmarks;

/// <summary>Runs as the commands that start them, each once, and after the commands that make what it needs.</summary>
public sealed class RunCommands(ExperimentsDb db)
{
    readonly List<string> commands = [];
    readonly HashSet<string> models = [];

    /// <summary>All, in their order.</summary>
    public IReadOnlyList<string> All => commands;

    /// <summary>Adds a command that is not there yet.</summary>
    public void Add(string command)
    {
        if (!commands.Contains(command))
            commands.Add(command);
    }

    /// <summary>Every import that made the corpus what it is.</summary>
    public async Task AddCorpusAsync(string corpus, CancellationToken ct)
    {
        var imports = (await EndedWellAsync(RunKinds.Import, $"import {corpus}", ct)).ConvertAll(run => ExperimentsJson.Read<ImportSpec>(run.Spec));
        foreach (var spec in imports)
            Add(Import(spec));
        if (imports.Count == 0)
            Add($"./reasonir import {corpus} FOLDER");
    }

    /// <summary>A model: pulled, registered or trained, then with its data and base.</summary>
    public async Task AddModelAsync(string name, CancellationToken ct)
    {
        if (!models.Add(name))
            return;
        var made = await db.Models.AsNoTracking().Where(model => model.Name == name).Join(db.Runs.AsNoTracking(), model => model.RunId, run => run.Id, (_, run) => run).SingleOrDefaultAsync(ct);
        if (made?.Kind == RunKinds.Train)
            await AddTrainingAsync(TrainSpecs.Parse(JsonSerializer.Deserialize<JsonElement>(made.Spec)), ct);
        else if (await PulledAsync(name, ct) is { } pull)
            Add(Start(pull));
        else if ((await EndedWellAsync(RunKinds.RegisterModel, $"register {name}", ct)).LastOrDefault() is { } registered && ExperimentsJson.Read<RegisterModelSpec>(registered.Spec) is var spec)
        {
            if (spec.Base is { } from)
                await AddModelAsync(from, ct);
            Add($"./reasonir register {name} {Quoted(spec.Source ?? "MODEL-FOLDER")}{Option("--base", spec.Base)}{(spec.Serving is null ? "" : "   # with the serving settings of its page")}");
        }
        else
            Add($"./reasonir register {name} MODEL-FOLDER");
    }

    /// <summary>A run as it is started from a spec.</summary>
    public static string Start(IRunSpec spec) => $"printf %s {Quoted(RunSpecs.ToJson(spec))} | ./reasonir run start {RunSpecs.KindOf(spec)} -";

    /// <summary>An index.</summary>
    public static string Index(IndexSpec spec) => string.Create(CultureInfo.InvariantCulture,
        $"./reasonir index {spec.Corpus}{Option("--model", spec.Model)}{Option("--analyzer", spec.Analyzer, "lucene-english")}{Option("--storage", spec.Storage, "f32")}{Option("--passages", spec.Passages)}{Option("--engine", spec.Engine)}{(spec.K1 is { } k1 ? $" --k1 {k1}" : "")}{(spec.B is { } b ? $" --b {b}" : "")}");

    /// <summary>A run made elsewhere.</summary>
    public static string ImportRun(ImportRunSpec spec) =>
        $"./reasonir import-run {spec.Corpus} {spec.System} {Quoted(spec.Source ?? "RUN-FILE")}{Option("--query-set", spec.QuerySet)}{(spec.Depth == 1000 ? "" : $" --depth {spec.Depth}")}{Option("--label", spec.Label)}{(spec.Exclusions ? "" : " --no-exclusions")}";

    static string Import(ImportSpec spec)
    {
        var options = $"{Option("--format", spec.Format, "auto")}{Option("--task", spec.Task)}{(spec.Long ? " --long" : "")}{Option("--id", spec.Columns?.Id)}{Option("--text", spec.Columns?.Text)}{Option("--title", spec.Columns?.Title)}";
        return spec.Hub switch
        {
            null => $"./reasonir import {spec.Corpus} {Quoted(spec.Source is { Length: > 0 } source ? source : "FOLDER")}{options}",
            [var one] => $"./reasonir import {spec.Corpus} {string.Join(' ', one.Files.Select(Quoted))} --hub {one.Repository}{options}",
            _ => Start(spec),
        };
    }

    async Task AddTrainingAsync(TrainSpec spec, CancellationToken ct)
    {
        foreach (var source in spec.Data.Sources)
        {
            var version = db.DatasetVersions.AsNoTracking().Where(row => row.Dataset!.Name == source.Dataset && (source.Version == null || row.Version == source.Version)).OrderBy(row => row.Version);
            var maker = await version.Join(db.Runs.AsNoTracking(), row => row.RunId, run => run.Id, (_, run) => run).LastOrDefaultAsync(ct);
            if (maker?.Kind == RunKinds.Synthesize && RunSpecs.Parse(RunKinds.Synthesize, JsonSerializer.Deserialize<JsonElement>(maker.Spec)) is SynthesizeSpec synthesis)
            {
                await AddCorpusAsync(synthesis.Corpus, ct);
                Add(Start(synthesis));
            }
            else
                Add($"./reasonir dataset import {source.Dataset} DATASET-FILE");
        }
        if (spec.From.Model is not (BaseSection.Scratch or BaseSection.TinyLlama))
            await AddModelAsync(spec.From.Model, ct);
        // On a new system every dataset has one version, its newest.
        Add(Start(spec with { Data = spec.Data with { Sources = [.. spec.Data.Sources.Select(source => source with { Version = null })] } }));
    }

    async Task<PullModelSpec?> PulledAsync(string name, CancellationToken ct) =>
        (await db.Runs.AsNoTracking().Where(run => run.Kind == RunKinds.PullModel && run.State == RunState.Succeeded).OrderBy(run => run.Id).Select(run => run.Spec).ToListAsync(ct))
        .ConvertAll(ExperimentsJson.Read<PullModelSpec>).FindLast(spec => spec.ModelName == name);

    Task<List<Run>> EndedWellAsync(string kind, string name, CancellationToken ct) =>
        db.Runs.AsNoTracking().Where(run => run.Kind == kind && run.Name == name && run.State == RunState.Succeeded).OrderBy(run => run.Id).ToListAsync(ct);

    static string Option(string name, string? value, string? usual = null) => value is null || value == usual ? "" : $" {name} {Quoted(value)}";

    /// <summary>As a shell takes it for one word.</summary>
    static string Quoted(string text) =>
        text.Length > 0 && text.All(letter => char.IsAsciiLetterOrDigit(letter) || "_-./:@=,+%".Contains(letter)) ? text : $"'{text.Replace("'", "'\\''")}'";
}
