using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Benchmarks;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments.Runs;
using ReasonIR.Portal.Runs;

namespace ReasonIR.Portal.Benchmarks;

/// <summary>
/// Systems by tasks as one run: each step of a task is a run of its own, found again by its key, so that a benchmark whose worker died
/// goes on where it was. Tasks go side by side, as far as workers take them; a task's steps one after another.
/// </summary>
public sealed class BenchmarkHandler(RunSteps steps, TaskSteps tasks) : IRunHandler
{
    const string Prefix = "benchmark";

    /// <inheritdoc/>
    public string Kind => RunKinds.Benchmark;

    /// <inheritdoc/>
    public async Task RunAsync(RunContext run, CancellationToken cancellation)
    {
        var spec = run.Spec<BenchmarkSpec>();
        var (benchmark, wanted) = (spec.Meant, spec.MeantTasks());
        var done = 0;
        var results = await Task.WhenAll(wanted.Select(async task =>
        {
            var values = await MeasureAsync(run, spec, benchmark, task, cancellation);
            await run.ReportProgressAsync((double)Interlocked.Increment(ref done) / wanted.Count, $"{task.Id} is measured");
            return (task.Id, Values: values);
        }));
        var byTask = results.ToDictionary(result => result.Id, result => result.Values);
        var means = spec.MeantSystems.ToDictionary(system => system.Name, system => byTask.Values.Average(values => values[system.Name]));
        foreach (var (system, mean) in means)
            await run.LogAsync($"{system}: {benchmark.Measure} {mean:0.0000}, mean of {wanted.Count} of {benchmark.Tasks.Count(task => !spec.Long || task.Long)} tasks.");
        await run.SetOutputAsync(new BenchmarkOutput(benchmark.Measure, means, byTask));
    }

    async Task<IReadOnlyDictionary<string, double>> MeasureAsync(RunContext run, BenchmarkSpec spec, Benchmark benchmark, BenchmarkTask task, CancellationToken cancellation)
    {
        var corpus = benchmark.Corpus(task, spec.Long);
        await tasks.ImportAsync(run, Prefix, benchmark, task, spec.Long, cancellation);
        await tasks.IndexAsync(run, Prefix, task.Id, corpus, spec.MeantSystems, cancellation);
        // The entry may be one that no registry has: what a task's instruction says is settled here.
        var systems = spec.MeantSystems.Select(system => system.Instructed(instruction => instruction.Text is null ? instruction.Of(benchmark, task, spec.Long) : instruction));
        var evaluated = await steps.DoAsync(run, Prefix, $"{task.Id}-evaluate", new EvaluateSpec(
            corpus, [.. systems], spec.QuerySet ?? benchmark.UsualQuerySet, spec.Depth, spec.Baseline, $"{benchmark.Name}-{run.RunId}", Batch: spec.Batch), cancellation);
        var ids = evaluated.ReadOutput<EvaluateOutput>()!.Results;
        await using var db = await run.ReadAsync(cancellation);
        var wanted = ids.Values.ToList();
        var rows = await db.Results.AsNoTracking().Where(row => wanted.Contains(row.Id)).ToListAsync(cancellation);
        return rows.ToDictionary(row => row.System, row => row.Measures[benchmark.Measure]);
    }
}
