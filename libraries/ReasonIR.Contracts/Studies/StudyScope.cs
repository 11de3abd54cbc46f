using System.Text.Json.Serialization;
using ReasonIR.Contracts.Benchmarks;
using ReasonIR.Contracts.Runs;

namespace ReasonIR.Contracts.Studies;

/// <summary>What an experiment measures on: tasks of a benchmark, imported where they are missing, or corpora that are there.</summary>
/// <param name="Benchmark">A benchmark of the registry, or the name of <paramref name="Entry"/>.</param>
/// <param name="Tasks">Ids or titles of its tasks; null: all.</param>
/// <param name="Long">Its long documents.</param>
/// <param name="Entry">A benchmark of one's own.</param>
/// <param name="Corpora">Corpora, in place of a benchmark.</param>
/// <param name="QuerySet">Which judged queries; null: the benchmark's usual ones, or a corpus's only ones.</param>
/// <param name="Depth">Documents kept for a query.</param>
public sealed record StudyScope(
    string? Benchmark = null, IReadOnlyList<string>? Tasks = null, bool Long = false, Benchmark? Entry = null, IReadOnlyList<string>? Corpora = null, string? QuerySet = null, int Depth = 1000)
{
    const int MostCorpora = 100;

    /// <summary>The measure that counts.</summary>
    [JsonIgnore]
    public string Measure => Meant?.Measure ?? "ndcg_cut_10";

    /// <summary>The benchmark; null: corpora.</summary>
    [JsonIgnore]
    public Benchmark? Meant => Benchmark is null ? null : Entry ?? BenchmarkRegistry.Find(Benchmark);

    /// <summary>Each place that is measured on, with its task where it is one.</summary>
    public IReadOnlyList<StudyPlace> Places() => Meant is { } benchmark
        ? [.. (Tasks?.Select(benchmark.Task).Distinct() ?? benchmark.Tasks).Where(task => !Long || task.Long).Select(task => new StudyPlace(task.Id, benchmark.Corpus(task, Long), task))]
        : [.. (Corpora ?? []).Distinct(StringComparer.Ordinal).Select(corpus => new StudyPlace(corpus, corpus, null))];

    /// <summary>Every problem, each naming its field.</summary>
    public IEnumerable<string> Problems() => Benchmark is not null
        ? [
            .. Corpora is { Count: > 0 } ? new[] { "on.corpora: expected a benchmark or corpora, found both." } : [],
            .. new BenchmarkSpec(Benchmark, Tasks: Tasks, QuerySet: QuerySet, Long: Long, Entry: Entry, Depth: Depth).Problems().Select(problem => $"on.{problem}"),
        ]
        : [
            .. Corpora is { Count: > 0 and <= MostCorpora } ? [] : new[] { $"on.corpora: expected a benchmark, or 1 to {MostCorpora} corpora, found {Corpora?.Count ?? 0}." },
            .. (Corpora ?? []).SelectMany((corpus, i) => SpecChecks.Name($"on.corpora[{i}]", corpus)),
            .. Tasks is { Count: > 0 } || Long || Entry is not null ? new[] { "on.benchmark: tasks, long and entry need one." } : [],
            .. QuerySet is null ? [] : SpecChecks.Name("on.querySet", QuerySet),
            .. SpecChecks.Range<int>("on.depth", Depth, 1, 10_000),
        ];
}

/// <summary>A column of an experiment.</summary>
/// <param name="Name">What tables call it: the task's id, or the corpus.</param>
/// <param name="Corpus">The corpus.</param>
/// <param name="Task">The task; null: no benchmark's.</param>
public sealed record StudyPlace(string Name, string Corpus, BenchmarkTask? Task);
