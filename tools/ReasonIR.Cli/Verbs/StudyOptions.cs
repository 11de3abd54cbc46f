using System.CommandLine;
using System.Globalization;
using ReasonIR.Cli.Output;
using ReasonIR.Contracts.Benchmarks;
using ReasonIR.Contracts.Results;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Studies;

namespace ReasonIR.Cli.Verbs;

/// <summary>What an experiment measures on.</summary>
sealed class ScopeOptions
{
    readonly Option<string?> benchmark = new("--benchmark") { Description = "A benchmark of the registry; what is missing of it is imported." };
    readonly Option<string[]> tasks = new("--tasks") { Description = "Its tasks (default: all).", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
    readonly Option<bool> longDocuments = new("--long") { Description = "Its long documents." };
    readonly Option<FileInfo?> entry = new("--entry") { Description = "A JSON file with a benchmark of one's own." };
    readonly Option<string[]> corpora = new("--corpus") { Description = "Corpora that are there, in place of a benchmark.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
    readonly Option<string?> querySet = new("--query-set") { Description = "Which judged queries." };

    public Command AddTo(Command command)
    {
        foreach (var option in new Option[] { benchmark, tasks, longDocuments, entry, corpora, querySet })
            command.Options.Add(option);
        return command;
    }

    public StudyScope Read(ParseResult parse)
    {
        var own = parse.GetValue(entry) is { } file ? BenchmarkRegistry.Parse(File.ReadAllText(file.FullName), file.Name) : null;
        return new(
            parse.GetValue(benchmark) ?? own?.Name, parse.GetValue(tasks) is { Length: > 0 } named ? [.. named.SelectMany(task => task.Split(','))] : null, parse.GetValue(longDocuments), own,
            parse.GetValue(corpora) is { Length: > 0 } some ? some : null, parse.GetValue(querySet));
    }
}

/// <summary>How the models of an experiment are trained.</summary>
sealed class TrainingOptions
{
    readonly Option<FileInfo?> recipe = new("--recipe") { Description = "A recipe (YAML or JSON); its sources, seed and name are the experiment's. Default: the static encoder from scratch." };
    readonly Option<string[]> set = RecipeVerbs.Set();
    readonly Option<string?> seeds = new("--seeds") { Description = "E.g. 0,1,2: a model of each arm for each (default: 0)." };

    public Command AddTo(Command command)
    {
        foreach (var option in new Option[] { recipe, set, seeds })
            command.Options.Add(option);
        return command;
    }

    public IReadOnlyList<int>? Seeds(ParseResult parse) => parse.GetValue(seeds) is { } text ? ExperimentVerbs.Numbers("--seeds", text) : null;

    /// <summary>What it says beside data sources and name, which the experiment fills in.</summary>
    public async Task<TrainSpec?> RecipeAsync(ParseResult parse, CancellationToken ct)
    {
        var (file, changes) = (parse.GetValue(recipe), parse.GetValue(set)!);
        if (file is null && changes.Length == 0)
            return null;
        var text = file is null ? "base: {model: static, static: {keepStart: false}}\noutput: m\ndata: {sources: [d]}" : await File.ReadAllTextAsync(file.FullName, ct);
        var (spec, problems) = TrainSpecs.Read(text, changes);
        return problems.Count == 0 ? spec : throw new ArgumentException($"{file?.Name ?? "--set"}: {string.Join(" ", problems)}");
    }
}

/// <summary>Runs an experiment and prints its table.</summary>
sealed class StudyRun
{
    readonly Option<FileInfo?> plot = new("--plot") { Description = "Writes the plot as SVG." };

    public Command AddTo(Command command)
    {
        command.Options.Add(plot);
        return command;
    }

    public async Task<int> DoAsync(ParseResult parse, Session session, ExperimentSpec spec, CancellationToken ct)
    {
        // Checked before anything is started.
        RunSpecs.ThrowIfInvalid(RunKinds.Experiment, spec);
        var run = await session.Client.StartAsync(spec, ct);
        await RunFollower.FollowAsync(session, run, ct);
        return await PrintAsync(parse, session, run.Id, ct);
    }

    public async Task<int> PrintAsync(ParseResult parse, Session session, long run, CancellationToken ct)
    {
        var study = await session.Client.ExperimentAsync(run, ct);
        if (study.Output is not { } output)
            throw new InvalidOperationException($"Run {run} is {study.State}: it has no table yet.");
        if (parse.GetValue(plot) is { } file)
        {
            await using var svg = await session.Client.ExperimentPlotAsync(run, ct);
            await using var to = File.Create(file.FullName);
            await svg.CopyToAsync(to, ct);
        }
        foreach (var note in output.Notes)
            Console.Error.WriteLine(note);
        return Printer.Print(parse, output, Table);
    }

    static Spectre.Console.Table Table(StudyOutput output)
    {
        var several = output.Columns.Count > 1;
        var table = Printer.Table([.. output.Rows.Any(row => row.Group.Length > 0) ? new[] { "retriever" } : [], "row", .. output.Axis is { } axis ? new[] { $"#{axis}" } : [],
            .. several ? new[] { "#mean" } : [], .. output.Columns.Select(column => $"#{column}")]);
        foreach (var row in output.Rows)
            table.Row([.. output.Rows.Any(other => other.Group.Length > 0) ? new object?[] { row.Group } : [], row.Name, .. output.Axis is null ? [] : new object?[] { row.X?.ToString("0", CultureInfo.InvariantCulture) },
                .. several ? new object?[] { row.Mean is { } mean ? Figure(mean) : null } : [], .. output.Columns.Select(column => (object?)(row.Cells.TryGetValue(column, out var cell) ? Cell(cell) : null))]);
        return table;
    }

    static string Cell(StudyCell cell) => cell is { Low: { } low, High: { } high } ? $"{Figure(cell.Value)} [{Figure(low)}, {Figure(high)}]"
        : cell.Comparison is { PValue: { } p } ? $"{Figure(cell.Value)} ({PValueText.Of(p)})" : Figure(cell.Value);

    static string Figure(double value) => value.ToString("0.0000", CultureInfo.InvariantCulture);
}
