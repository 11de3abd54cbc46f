using System.Text.Json.Serialization;
using ReasonIR.Contracts.Benchmarks;
using ReasonIR.Contracts.Search;

namespace ReasonIR.Contracts.Runs;

/// <summary>Systems over the tasks of a benchmark: each task is imported where it is missing, indexed and evaluated by runs of its own.</summary>
/// <param name="Benchmark">Its name in the registry, or that of <paramref name="Entry"/>.</param>
/// <param name="Systems">The systems; null: BM25 in both variants.</param>
/// <param name="Tasks">Ids or titles of tasks; null: all.</param>
/// <param name="QuerySet">Which queries; null: the usual ones.</param>
/// <param name="Long">The long documents.</param>
/// <param name="Entry">A benchmark of one's own; null: that of the registry.</param>
/// <param name="Baseline">The system that the others are tested against.</param>
/// <param name="Depth">Documents kept for a query, after its exclusions are removed.</param>
/// <param name="Batch">What the systems' stages ask a language model is sent as batch files, which its server answers within a day, cheaper with some.</param>
public sealed record BenchmarkSpec(
    string Benchmark,
    IReadOnlyList<SystemSpec>? Systems = null,
    IReadOnlyList<string>? Tasks = null,
    string? QuerySet = null,
    bool Long = false,
    Benchmark? Entry = null,
    string Baseline = "bm25-lucene",
    int Depth = 1000,
    bool Batch = false) : IRunSpec
{
    /// <inheritdoc/>
    [JsonIgnore]
    public string Title => $"benchmark {Benchmark}{(Long ? " (long)" : "")}";

    /// <summary>The entry that is meant.</summary>
    /// <exception cref="ArgumentException">There is none of that name.</exception>
    [JsonIgnore]
    public Benchmark Meant => Entry ?? BenchmarkRegistry.Find(Benchmark)
        ?? throw new ArgumentException($"benchmark: there is no '{Benchmark}'; there are {string.Join(", ", BenchmarkRegistry.All.Select(entry => entry.Name))}, or one's own entry.");

    /// <summary>The systems that are meant.</summary>
    [JsonIgnore]
    public IReadOnlyList<SystemSpec> MeantSystems => Systems ?? [new("bm25-lucene", "bm25"), new("bm25-bright", "bm25", Bm25: new("bright"))];

    /// <summary>The usual systems: each BM25, then each encoder alone and fused with each BM25.</summary>
    public static IReadOnlyList<SystemSpec> SystemsOf(IReadOnlyList<string> variants, IReadOnlyList<string> models, QueryInstruction? instruction)
    {
        List<SystemSpec> systems = [.. variants.Select(variant => new SystemSpec($"bm25-{variant}", "bm25", Bm25: new(variant)))];
        var suffix = QueryInstruction.Suffix(instruction);
        foreach (var model in models)
        {
            systems.Add(new($"dense-{model}{suffix}", "dense", model, Instruction: instruction));
            systems.AddRange(variants.Select(variant => new SystemSpec($"hybrid-{variant}-{model}{suffix}", "hybrid", model, new(variant), Instruction: instruction)));
        }
        return systems;
    }

    /// <summary>The tasks that are meant.</summary>
    public IReadOnlyList<BenchmarkTask> MeantTasks() =>
        [.. (Tasks?.Select(Meant.Task).Distinct() ?? Meant.Tasks).Where(task => !Long || task.Long)];

    /// <inheritdoc/>
    public IEnumerable<string> Problems()
    {
        if (Entry is null && BenchmarkRegistry.Find(Benchmark) is null)
            return [$"benchmark: there is no '{Benchmark}'; there are {string.Join(", ", BenchmarkRegistry.All.Select(entry => entry.Name))}, or one's own entry."];
        if (Entry is not null && Entry.Problems().ToList() is { Count: > 0 } wrong)
            return wrong.Select(problem => $"entry.{problem}");
        var problems = new List<string>();
        if (Entry is not null && Entry.Name != Benchmark)
            problems.Add($"benchmark: expected the entry's name '{Entry.Name}', found '{Benchmark}'.");
        try
        {
            if (MeantTasks().Count == 0)
                problems.Add(Long ? "long: none of the tasks has long documents." : "tasks: expected one at least.");
            else
                problems.AddRange(new EvaluateSpec(Meant.Corpus(Meant.Tasks[0], Long), MeantSystems, QuerySet, Depth).Problems());
        }
        catch (ArgumentException e)
        {
            problems.Add(e.Message);
        }
        return problems;
    }
}

/// <summary>What a <c>benchmark</c> run leaves.</summary>
/// <param name="Measure">The measure.</param>
/// <param name="Means">By system: its mean over the tasks of this run.</param>
/// <param name="Tasks">By task: the measure of each system.</param>
public sealed record BenchmarkOutput(string Measure, IReadOnlyDictionary<string, double> Means, IReadOnlyDictionary<string, IReadOnlyDictionary<string, double>> Tasks);
