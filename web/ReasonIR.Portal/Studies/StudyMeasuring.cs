using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Results;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Search;
using ReasonIR.Contracts.Studies;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Results;
using ReasonIR.Experiments.Runs;
using ReasonIR.Portal.Benchmarks;
using ReasonIR.Portal.Runs;

namespace ReasonIR.Portal.Studies;

/// <summary>Prepares the places of an experiment and measures systems on them.</summary>
public sealed class StudyMeasuring(RunSteps steps, TaskSteps tasks)
{
    /// <summary>Imports what is missing.</summary>
    public async Task ImportAsync(RunContext run, StudyScope on, StudyPlace place, CancellationToken cancellation)
    {
        if (place.Task is { } task)
            await tasks.ImportAsync(run, ExperimentHandler.Prefix, on.Meant!, task, on.Long, cancellation);
    }

    /// <summary>Indexes for the systems, measures them in one run, and links their results to the experiment.</summary>
    /// <param name="part">Tells the runs of one place apart; empty: there is one.</param>
    /// <returns>The results by system.</returns>
    public async Task<IReadOnlyDictionary<string, Result>> MeasureAsync(
        RunContext run, StudyScope on, StudyPlace place, string part, IReadOnlyList<SystemSpec> systems, string label, CancellationToken cancellation)
    {
        var name = part.Length == 0 ? place.Name : $"{place.Name}-{part}";
        await tasks.IndexAsync(run, ExperimentHandler.Prefix, name, place.Corpus, systems, cancellation);
        var told = systems.Select(system => system.Instructed(instruction =>
            instruction.Text is null && place.Task is { } task ? instruction.Of(on.Meant!, task, on.Long) : instruction)).ToList();
        var evaluated = await steps.DoAsync(run, ExperimentHandler.Prefix, $"{name}-evaluate",
            new EvaluateSpec(place.Corpus, told, on.QuerySet ?? on.Meant?.UsualQuerySet, on.Depth, told[0].Name, label, Batch: run.Spec<ExperimentSpec>().Batch), cancellation);
        var ids = evaluated.ReadOutput<EvaluateOutput>()!.Results.Values.ToList();
        await using var db = await run.ReadAsync(cancellation);
        var rows = await db.Results.AsNoTracking().Where(row => ids.Contains(row.Id)).ToListAsync(cancellation);
        foreach (var row in rows)
            await run.LinkAsync(LinkDirection.Output, "result", row.Id, cancellation: cancellation);
        return rows.ToDictionary(row => row.System, StringComparer.Ordinal);
    }

    /// <summary>A result as a cell.</summary>
    public static StudyCell Cell(Result result, string measure) =>
        new(result.Measures[measure], result.QueryCount, [result.Id], result.Comparison is null ? null : ExperimentsJson.Read<ComparisonInfo>(result.Comparison));

    /// <summary>The mean of a row; null where a column is missing: a mean of fewer is another figure.</summary>
    public static double? Mean(IReadOnlyDictionary<string, StudyCell> cells, int columns) => cells.Count == columns ? cells.Values.Average(cell => cell.Value) : null;
}
