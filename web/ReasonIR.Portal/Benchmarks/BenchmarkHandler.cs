using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Benchmarks;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Search;
using ReasonIR.Experiments.Runs;

namespace ReasonIR.Portal.Benchmarks;

/// <summary>
/// Systems by tasks as one run: each step of a task is a run of its own, found again by its key, so that a benchmark whose worker died
/// goes on where it was. Tasks go side by side, as far as workers take them; a task's steps one after another.
/// </summary>
public sealed class BenchmarkHandler(RunQueue queue) : IRunHandler
{
    /// <inheritdoc/>
    public string Kind => RunKinds.Benchmark;

    /// <inheritdoc/>
    public async Task RunAsync(RunContext run, CancellationToken cancellation)
    {
        var spec = run.Spec<BenchmarkSpec>();
        var (benchmark, tasks) = (spec.Meant, spec.MeantTasks());
        var done = 0;
        var results = await Task.WhenAll(tasks.Select(async task =>
        {
            var values = await MeasureAsync(run, spec, benchmark, task, cancellation);
            await run.ReportProgressAsync((double)Interlocked.Increment(ref done) / tasks.Count, $"{task.Id} is measured");
            return (task.Id, Values: values);
        }));
        var byTask = results.ToDictionary(result => result.Id, result => result.Values);
        var means = spec.MeantSystems.ToDictionary(system => system.Name, system => byTask.Values.Average(values => values[system.Name]));
        foreach (var (system, mean) in means)
            await run.LogAsync($"{system}: {benchmark.Measure} {mean:0.0000}, mean of {tasks.Count} of {benchmark.Tasks.Count(task => !spec.Long || task.Long)} tasks.");
        await run.SetOutputAsync(new BenchmarkOutput(benchmark.Measure, means, byTask));
    }

    async Task<IReadOnlyDictionary<string, double>> MeasureAsync(RunContext run, BenchmarkSpec spec, Benchmark benchmark, BenchmarkTask task, CancellationToken cancellation)
    {
        var corpus = benchmark.Corpus(task, spec.Long);
        var there = await HasAsync(run, corpus, cancellation);
        if (!there)
            await StepAsync(run, $"{task.Id}-import", Import(benchmark, task, corpus, spec.Long), cancellation);
        await CheckAsync(run, task, corpus, spec.Long, cancellation);
        if (spec.MeantSystems.Any(system => system.Kind is "bm25" or "hybrid" or "pipeline"))
            await StepAsync(run, $"{task.Id}-bm25", new IndexSpec(corpus, "bm25"), cancellation);
        foreach (var model in spec.MeantSystems.SelectMany(Models).Distinct())
            await StepAsync(run, $"{task.Id}-{model}", new IndexSpec(corpus, "dense", model), cancellation);
        // The entry may be one that no registry has: what a task's instruction says is settled here.
        var systems = spec.MeantSystems.Select(system => system.Instructed(instruction => instruction.Text is null ? instruction.Of(benchmark, task, spec.Long) : instruction));
        var evaluated = await StepAsync(run, $"{task.Id}-evaluate", new EvaluateSpec(
            corpus, [.. systems], spec.QuerySet ?? benchmark.UsualQuerySet, spec.Depth, spec.Baseline, $"{benchmark.Name}-{run.RunId}"), cancellation);
        var ids = evaluated.ReadOutput<EvaluateOutput>()!.Results;
        await using var db = await run.ReadAsync(cancellation);
        var wanted = ids.Values.ToList();
        var rows = await db.Results.AsNoTracking().Where(row => wanted.Contains(row.Id)).ToListAsync(cancellation);
        return rows.ToDictionary(row => row.System, row => row.Measures[benchmark.Measure]);
    }

    /// <summary>The encoders of a system; those of a stored pipeline are indexed by whoever stored it.</summary>
    static IEnumerable<string> Models(SystemSpec system) =>
        (system.Stages?.Retrievers.Select(retriever => retriever.Model) ?? []).Append(system.Model).OfType<string>();

    static ImportSpec Import(Benchmark benchmark, BenchmarkTask task, string corpus, bool longDocuments) => benchmark.Files(task, longDocuments) is { } files
        ? new(corpus, Format: benchmark.Format, Description: $"{benchmark.Title ?? benchmark.Name}, {task.Title ?? task.Id}{(longDocuments ? ", long documents" : "")}", Hub: files,
            Task: benchmark.Format == "bright-parquet" ? task.Id : null, Long: longDocuments)
        : throw new ArgumentException($"There is no corpus '{corpus}', and the benchmark names no repository: import its folder under that name first.");

    static async Task<bool> HasAsync(RunContext run, string corpus, CancellationToken cancellation)
    {
        await using var db = await run.ReadAsync(cancellation);
        return await db.Corpora.AnyAsync(row => row.Name == corpus, cancellation);
    }

    /// <summary>A corpus of another size is another benchmark: said, not refused, since sets are corrected now and then.</summary>
    static async Task CheckAsync(RunContext run, BenchmarkTask task, string corpus, bool longDocuments, CancellationToken cancellation)
    {
        await using var db = await run.ReadAsync(cancellation);
        var documents = await db.Corpora.Where(row => row.Name == corpus).Select(row => row.DocumentCount).SingleAsync(cancellation);
        if (!longDocuments && task.Documents is { } expected && documents != expected)
            await run.LogAsync(RunLogLevel.Warning, $"{corpus} has {documents:N0} documents; the benchmark states {expected:N0}. Its figures are not comparable with published ones.");
    }

    async Task<Run> StepAsync(RunContext run, string name, IRunSpec step, CancellationToken cancellation)
    {
        var id = await queue.EnqueueAsync(
            new(RunSpecs.KindOf(step), step.Title, RunSpecs.ToJson(step), RunSpecs.Version, run.RunId, $"benchmark-{run.RunId}-{name}"), cancellation);
        // A benchmark that is started again finds its failed or canceled step by the key: the step goes on from its checkpoint.
        await using (var db = await run.ReadAsync(cancellation))
            if (await db.Runs.AnyAsync(row => row.Id == id && (row.State == RunState.Failed || row.State == RunState.Canceled), cancellation))
                await queue.ResumeAsync(id, cancellation);
        var child = await queue.WaitAsync(id, cancellation);
        return child.State == RunState.Succeeded ? child
            : throw new InvalidOperationException($"{name} (run {id}) {child.State.ToString().ToLowerInvariant()}: {child.Error ?? "no reason given"}");
    }
}
