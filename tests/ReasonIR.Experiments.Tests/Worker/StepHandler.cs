using Microsoft.EntityFrameworkCore;
using ReasonIR.Experiments.Runs;

namespace ReasonIR.Experiments.Tests.Worker;

/// <summary>So many steps of so many milliseconds, each leaving a row in table <c>steps</c> and a checkpoint with it.</summary>
sealed record StepSpec(int Steps, int Milliseconds);

sealed class StepHandler : IRunHandler
{
    public const string RunKind = "step";

    public string Kind => RunKind;

    public async Task RunAsync(RunContext run, CancellationToken cancellation)
    {
        var spec = run.Spec<StepSpec>();
        for (var step = run.Checkpoint<int>(); step < spec.Steps; step++)
        {
            await Task.Delay(Random.Shared.Next(spec.Milliseconds * 2), cancellation);
            await run.MetricAsync("step", step, step);
            await run.SaveCheckpointAsync(step + 1,
                db => db.Database.ExecuteSqlAsync($"insert into steps (run_id, step) values ({run.RunId}, {step})", cancellation), cancellation);
        }
    }
}
