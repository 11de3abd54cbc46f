using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments.Runs;

namespace ReasonIR.Portal.Runs;

/// <summary>Runs that a run waits for, found again by their keys: what was done is not done anew, a step that failed goes on from its checkpoint.</summary>
public sealed class RunSteps(RunQueue queue)
{
    /// <summary>The step after its end.</summary>
    /// <param name="prefix">Of the key, one a kind of run.</param>
    /// <param name="name">Of the step, one in the run.</param>
    /// <exception cref="InvalidOperationException">The step failed or was canceled; the message says why.</exception>
    public async Task<Run> DoAsync(RunContext run, string prefix, string name, IRunSpec step, CancellationToken cancellation)
    {
        var id = await queue.EnqueueAsync(
            new(RunSpecs.KindOf(step), step.Title, RunSpecs.ToJson(step), RunSpecs.Version, run.RunId, $"{prefix}-{run.RunId}-{name}"), cancellation);
        await queue.GoOnAsync([id], cancellation);
        var child = await queue.WaitAsync(id, cancellation);
        return child.State == RunState.Succeeded ? child
            : throw new InvalidOperationException($"{name} (run {id}) {child.State.ToString().ToLowerInvariant()}: {child.Error ?? "no reason given"}");
    }
}
