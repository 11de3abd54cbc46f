namespace ReasonIR.Contracts.Benchmarks;

/// <summary>A benchmark with what was measured here and what others report.</summary>
/// <param name="Benchmark">The entry.</param>
/// <param name="QuerySet">Whose results these are.</param>
/// <param name="Long">Whether they are over the long documents.</param>
/// <param name="Tasks">What is there of each task.</param>
/// <param name="Measured">One row a system and label, best first; complete ones before others.</param>
/// <param name="Published">Reported results, best first. Not measured here.</param>
public sealed record BenchmarkBoard(
    Benchmark Benchmark, string? QuerySet, bool Long, IReadOnlyList<BenchmarkTaskState> Tasks, IReadOnlyList<MeasuredRow> Measured, IReadOnlyList<PublishedResult> Published);

/// <summary>What is there of a task.</summary>
/// <param name="Task">The task's id.</param>
/// <param name="Corpus">What its corpus is called.</param>
/// <param name="Documents">Documents imported; null: the corpus is not there.</param>
/// <param name="Expected">Documents that the entry states.</param>
/// <param name="QuerySets">The query sets imported.</param>
public sealed record BenchmarkTaskState(string Task, string Corpus, long? Documents, long? Expected, IReadOnlyList<string> QuerySets);

/// <summary>A system over the tasks of a benchmark.</summary>
/// <param name="System">Its name.</param>
/// <param name="Label">The experiment; results of several are never mixed in a row.</param>
/// <param name="Mean">Over all tasks; null where one is missing: a mean of fewer tasks is another figure.</param>
/// <param name="Tasks">The result by task.</param>
public sealed record MeasuredRow(string System, string? Label, double? Mean, IReadOnlyDictionary<string, MeasuredCell> Tasks);

/// <summary>A system on a task.</summary>
/// <param name="ResultId">The result, with provenance.</param>
/// <param name="Value">The benchmark's measure.</param>
/// <param name="Queries">Measured queries.</param>
public sealed record MeasuredCell(long ResultId, double Value, int Queries);
