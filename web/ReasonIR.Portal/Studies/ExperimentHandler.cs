using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Studies;
using ReasonIR.Experiments.Runs;

namespace ReasonIR.Portal.Studies;

/// <summary>
/// One of the paper's experiments as one run: every step is a run of its own, found again by its key, so that an experiment whose worker died
/// goes on where it was; every figure of its table is a result.
/// </summary>
public sealed class ExperimentHandler(LengthStudy lengths, TableStudy tables, TrainingStudy trainings) : IRunHandler
{
    /// <summary>Begins the keys of its steps.</summary>
    public const string Prefix = "experiment";

    /// <inheritdoc/>
    public string Kind => RunKinds.Experiment;

    /// <inheritdoc/>
    public async Task RunAsync(RunContext run, CancellationToken cancellation)
    {
        var spec = run.Spec<ExperimentSpec>();
        var output = spec switch
        {
            { RewriteLength: { } section } => await lengths.RunAsync(run, spec.On, section, cancellation),
            { Table: { } section } => await tables.RunAsync(run, spec.On, section, cancellation),
            { Training: { } section } => await trainings.RunAsync(run, spec.Experiment, spec.On, section, cancellation),
            _ => throw new ArgumentException("The experiment has no section."),
        };
        foreach (var row in output.Rows)
            await run.LogAsync($"{(row.Group.Length == 0 ? "" : row.Group + ", ")}{row.Name}: {output.Measure} {(row.Mean is { } mean ? $"{mean:0.0000}" : "-")}{(row.X is { } x ? $" at {x:N0} {output.Axis}" : "")}.");
        await run.SetOutputAsync(output, cancellation);
    }

    /// <summary>Under which the leaderboard shows the results of a run.</summary>
    public static string Label(string experiment, RunContext run) => $"{experiment}-{run.RunId}";
}
