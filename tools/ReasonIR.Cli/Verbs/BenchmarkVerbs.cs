using System.CommandLine;
using System.Globalization;
using ReasonIR.Cli.Output;
using ReasonIR.Contracts.Benchmarks;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Search;

namespace ReasonIR.Cli.Verbs;

/// <summary><c>benchmark list</c>, <c>show</c>, <c>import</c>, <c>run</c>: systems over the tasks of a benchmark.</summary>
public static class BenchmarkVerbs
{
    const int ShownPublished = 60;

    /// <summary>The verbs.</summary>
    public static Command Create() => new("benchmark", "Benchmarks: BRIGHT, BEIR, one's own; import, run, show.") { List(), Show(), Import(), Run() };

    static Command List() => new Command("list", "Lists the registry and one's own benchmarks.").Does(async (parse, session, ct) =>
        Printer.Print(parse, await session.Client.BenchmarksAsync(ct), benchmarks =>
        {
            var table = Printer.Table("benchmark", "#tasks", "from", "query sets", "tasks");
            foreach (var benchmark in benchmarks)
                table.Row(benchmark.Name, benchmark.Tasks.Count, benchmark.Repository is { } repository ? $"{repository}@{benchmark.Revision}" : "a repository a task, or folders",
                    string.Join(", ", benchmark.QuerySets ?? []), string.Join(", ", benchmark.Tasks.Select(task => task.Id)));
            return table;
        }));

    static Command Show()
    {
        var (name, set, longDocuments) = (Name(), QuerySet(), Long());
        var reported = new Option<bool>("--reported") { Description = "The results that others report, too; they were not measured here." };
        return new Command("show", "Shows the systems measured on a benchmark, task by task, in percent.") { name, set, longDocuments, reported }.Does(async (parse, session, ct) =>
            Printer.Print(parse, await session.Client.BenchmarkAsync(parse.GetValue(name)!, parse.GetValue(set), parse.GetValue(longDocuments), ct), board =>
            {
                // Only tasks with a figure: twelve columns are more than a terminal holds.
                var published = parse.GetValue(reported) ? board.Published.Take(ShownPublished).ToList() : [];
                var tasks = board.Tasks.Where(task => published.Count > 0 || board.Measured.Any(row => row.Tasks.ContainsKey(task.Task))).ToList();
                var table = Printer.Table(["system", "of", "#mean", .. tasks.Select(task => "#" + task.Task)]);
                foreach (var row in board.Measured)
                    table.Row([row.System, row.Label ?? "single runs", row.Mean is { } mean ? Percent(100 * mean) : $"{row.Tasks.Count}/{board.Tasks.Count} tasks",
                        .. tasks.Select(task => row.Tasks.TryGetValue(task.Task, out var cell) ? Percent(100 * cell.Value) : "")]);
                foreach (var row in published)
                    table.Row([row.System, $"reported, not measured: {row.Class}", Percent(row.Mean), .. tasks.Select(task => row.Tasks.TryGetValue(task.Task, out var value) ? Percent(value) : "")]);
                return table;
            }));
    }

    static Command Import()
    {
        var (name, tasks, longDocuments, entry) = (Name(), Tasks(), Long(), Entry());
        var folder = new Option<string?>("--folder") { Description = "A folder in place of the hub: the data set as the hub lays it out, or a folder a task." };
        return new Command("import", "Imports the tasks of a benchmark, from the hub that HF_ENDPOINT names or from a folder.") { name, tasks, longDocuments, folder, entry }.Does(async (parse, session, ct) =>
        {
            var spec = new BenchmarkSpec(parse.GetValue(name)!, Tasks: Given(parse, tasks), Long: parse.GetValue(longDocuments), Entry: Read(parse.GetValue(entry)));
            RunSpecs.ThrowIfInvalid(RunKinds.Benchmark, spec);
            foreach (var task in spec.MeantTasks())
                if (await RunVerbs.StartAsync(parse, session, await SpecAsync(session, spec, task, parse.GetValue(folder), ct), ct) is var exit and not 0)
                    return exit;
            return 0;
        });
    }

    static async Task<ImportSpec> SpecAsync(Session session, BenchmarkSpec spec, BenchmarkTask task, string? folder, CancellationToken ct)
    {
        var benchmark = spec.Meant;
        var bright = benchmark.Format == "bright-parquet";
        var import = new ImportSpec(benchmark.Corpus(task, spec.Long), Format: benchmark.Format, Description: $"{benchmark.Title ?? benchmark.Name}, {task.Title ?? task.Id}",
            Task: bright ? task.Id : null, Long: spec.Long);
        if (folder is null)
            return import with { Hub = benchmark.Files(task, spec.Long) ?? throw new ArgumentException($"{benchmark.Name} names no repository: name its folder with --folder.") };
        var own = Path.Combine(folder, task.Id);
        // Of a whole data set only the task's files are sent; a folder a task is sent as it is, in whatever format.
        var upload = Directory.Exists(own) ? await Uploader.UploadAsync(session.Client, own, ct)
            : await Uploader.UploadAsync(session.Client, folder, path => Path.GetFileName(path).StartsWith(task.Id + "-", StringComparison.Ordinal) || path.Split('/').Contains(task.Id), ct);
        return import with
        {
            UploadId = upload, Source = Directory.Exists(own) ? own : folder, Format = Directory.Exists(own) ? "auto" : import.Format,
            Task = Directory.Exists(own) ? null : import.Task,
        };
    }

    static Command Run()
    {
        var (name, tasks, set, longDocuments, entry) = (Name(), Tasks(), QuerySet(), Long(), Entry());
        var models = new Option<string[]>("--model") { Description = "Encoders to measure beside BM25, alone and as hybrid.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
        var variants = new Option<string[]>("--bm25") { Description = "lucene, bright or both (default).", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => ["lucene", "bright"] };
        var pipelines = new Option<string[]>("--pipeline") { Description = "Stored pipelines to measure too, name or name@version; what they search must be indexed.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
        var batch = BatchOption.Create();
        var instruction = new Option<string?>("--task-instruction") { Description = "Encoders are told each task's instruction, with the task called by its id (earth_science) or its title (Earth Science): id or title." };
        return new Command("run", "Imports what is missing, indexes, and measures systems on the tasks; a run that was stopped goes on.") { name, tasks, set, longDocuments, models, variants, instruction, pipelines, batch, entry }.Does((parse, session, ct) =>
        {
            var (bm25, named) = (parse.GetValue(variants)!.Distinct().ToList(), parse.GetValue(models)!);
            var told = parse.GetValue(instruction) is { } spelling ? new QueryInstruction(Task: spelling) : null;
            return RunVerbs.StartAsync(parse, session, new BenchmarkSpec(
                parse.GetValue(name)!, [.. BenchmarkSpec.SystemsOf(bm25, named, told), .. parse.GetValue(pipelines)!.Select(SystemSpec.OfPipeline)], Given(parse, tasks), parse.GetValue(set), parse.GetValue(longDocuments), Read(parse.GetValue(entry)), $"bm25-{bm25[0]}", Batch: parse.GetValue(batch)), ct);
        });
    }

    static Argument<string> Name() => new("benchmark") { Description = "Its name in the registry." };

    static Option<string[]> Tasks() => new("--tasks") { Description = "Ids or titles of tasks (default: all).", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };

    static Option<string?> QuerySet() => new("--query-set") { Description = "Which queries: test (the original ones), gpt4_reason …" };

    static Option<bool> Long() => new("--long") { Description = "The long documents." };

    static Option<FileInfo?> Entry() => new("--entry") { Description = "A JSON file with a benchmark of one's own, in place of the registry's." };

    static IReadOnlyList<string>? Given(ParseResult parse, Option<string[]> tasks) =>
        parse.GetValue(tasks) is { Length: > 0 } named ? [.. named.SelectMany(task => task.Split(','))] : null;

    static Benchmark? Read(FileInfo? file) => file is null ? null : BenchmarkRegistry.Parse(File.ReadAllText(file.FullName), file.Name);

    static string Percent(double value) => value.ToString("0.0", CultureInfo.InvariantCulture);
}
