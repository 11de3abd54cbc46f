using System.Text.Json.Serialization;
using ReasonIR.Contracts.Runs;

namespace ReasonIR.Contracts.Benchmarks;

/// <summary>A benchmark: one entry of the registry, a data file.</summary>
/// <param name="Name">Begins the names of its corpora: <c>bright-biology</c>, <c>bright-long-biology</c>.</param>
/// <param name="Tasks">Its tasks; each is a corpus with query sets.</param>
/// <param name="Title">What pages call it.</param>
/// <param name="About">What it is, in a sentence.</param>
/// <param name="Repository">The data set on the hub that holds all tasks; null: each task names its own, or they are folders of one's own.</param>
/// <param name="Revision">The commit, branch or tag of it.</param>
/// <param name="License">Of its data.</param>
/// <param name="Format">As <see cref="ImportSpec.Format"/>.</param>
/// <param name="Measure">What a task is judged by; a benchmark's figure is its mean over the tasks.</param>
/// <param name="QuerySets">The query sets that a task may have; the first is the usual one.</param>
/// <param name="Published">The file with reported results, beside the entry.</param>
/// <param name="Instructions">By a task's kind: what an instructed encoder is told, with {task} and {unit}.</param>
/// <param name="InstructionSource">Where the instructions come from.</param>
/// <param name="QueryPrompt">ReasonIR's form of a query's prompt, with {instruction}.</param>
/// <param name="DocumentPrompt">ReasonIR's form of a document's prompt.</param>
public sealed record Benchmark(
    string Name,
    IReadOnlyList<BenchmarkTask> Tasks,
    string? Title = null,
    string? About = null,
    string? Repository = null,
    string? Revision = null,
    string? License = null,
    string Format = "auto",
    string Measure = "ndcg_cut_10",
    IReadOnlyList<string>? QuerySets = null,
    string? Published = null,
    IReadOnlyDictionary<string, string>? Instructions = null,
    string? InstructionSource = null,
    string? QueryPrompt = null,
    string? DocumentPrompt = null)
{
    const int MostTasks = 200;

    /// <summary>The query set that is meant where none is named; null: as <see cref="EvaluateSpec.QuerySet"/>.</summary>
    [JsonIgnore]
    public string? UsualQuerySet => QuerySets is [var first, ..] ? first : null;

    /// <summary>A task by its id or its title: <c>earth_science</c>, <c>Earth Science</c>, <c>earth-science</c>.</summary>
    /// <exception cref="ArgumentException">There is none; the message lists those there are.</exception>
    public BenchmarkTask Task(string name) => Tasks.FirstOrDefault(task => Plain(task.Id) == Plain(name) || Plain(task.Title ?? task.Id) == Plain(name))
        ?? throw new ArgumentException($"tasks: {Name} has no task '{name}'; it has {string.Join(", ", Tasks.Select(task => task.Id))}.");

    /// <summary>What the corpus of a task is called.</summary>
    public string Corpus(BenchmarkTask task, bool longDocuments) => $"{Name}-{(longDocuments ? "long-" : "")}{task.Id}";

    /// <summary>The files of a task on the hub; null where it lies in folders of one's own.</summary>
    public IReadOnlyList<HubFiles>? Files(BenchmarkTask task, bool longDocuments)
    {
        if ((task.Repository ?? Repository) is not { } repository)
            return null;
        var at = (task.Repository is null ? Revision : task.Revision) is { } revision ? $"@{revision}" : "";
        if (Format != "bright-parquet")
            return [new(repository + at, ["*corpus*", "*queries*"]), .. task.Judgments is { } judgments ? [new HubFiles(judgments, ["*.tsv"])] : Array.Empty<HubFiles>()];
        string Of(string configuration) => $"{configuration}/{task.Id}-*.parquet";
        return [new(repository + at, [Of(longDocuments ? "long_documents" : "documents"), Of("examples"), Of("*_reason")])];
    }

    /// <summary>What an instructed encoder is told for a task; null where the entry has nothing for it.</summary>
    /// <param name="byTitle">{task} is its title (<c>Earth Science</c>), not its id (<c>earth_science</c>): published figures differ in this.</param>
    public string? Instruction(BenchmarkTask task, bool longDocuments = false, bool byTitle = false) =>
        task.Kind is { } kind && Instructions?.TryGetValue(kind, out var text) == true
            ? text.Replace("{task}", byTitle ? task.Title ?? task.Id : task.Id).Replace("{unit}", longDocuments ? "documents" : "passages") : null;

    /// <summary>Every problem, each naming its field.</summary>
    public IEnumerable<string> Problems() =>
    [
        .. SpecChecks.Name("name", Name),
        .. Tasks.Count is > 0 and <= MostTasks ? [] : new[] { $"tasks: expected 1 to {MostTasks}, found {Tasks.Count}." },
        .. Tasks.SelectMany((task, i) => task is null ? [$"tasks[{i}]: expected an object, found null."] : SpecChecks.Name($"tasks[{i}].id", task.Id)),
        .. Tasks.OfType<BenchmarkTask>().GroupBy(task => task.Id).Where(group => group.Count() > 1).Select(group => $"tasks: the id '{group.Key}' occurs {group.Count()} times; expected once."),
    ];

    static string Plain(string name) => name.ToLowerInvariant().Replace(' ', '_').Replace('-', '_');
}

/// <summary>A task of a benchmark.</summary>
/// <param name="Id">Its name in files and addresses.</param>
/// <param name="Title">Its name in text.</param>
/// <param name="Kind">Which of the benchmark's instructions it takes.</param>
/// <param name="Queries">Judged queries; an import that finds another number says so.</param>
/// <param name="Documents">Documents; likewise.</param>
/// <param name="Long">Whether it has long documents too.</param>
/// <param name="Repository">Its own data set on the hub.</param>
/// <param name="Revision">The commit, branch or tag of that.</param>
/// <param name="Judgments">The data set with its judgments, where they lie apart; may end in @REVISION.</param>
public sealed record BenchmarkTask(
    string Id, string? Title = null, string? Kind = null, int? Queries = null, long? Documents = null, bool Long = false, string? Repository = null, string? Revision = null, string? Judgments = null);
