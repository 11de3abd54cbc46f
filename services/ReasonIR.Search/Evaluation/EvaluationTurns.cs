using Microsoft.Extensions.Options;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments.Runs;

namespace ReasonIR.Search.Evaluation;

/// <summary>
/// Evaluations that work, and those that wait for batches. As many work at a time as are configured (one unless <c>Runs:Concurrency:evaluate</c> says
/// otherwise); one that waits, a day at worst, lets another one work meanwhile.
/// </summary>
public sealed class EvaluationTurns(IOptions<RunWorkerOptions> options)
{
    /// <summary>Evaluations that this process holds beyond those that work.</summary>
    const int Waiting = 16;

    readonly SemaphoreSlim turns = new(Math.Max(1, options.Value.Concurrency[RunKinds.Evaluate] - Waiting));

    /// <summary>Has the worker take more evaluations than work.</summary>
    public static void Widen(RunWorkerOptions options)
    {
        var working = options.Concurrency.GetValueOrDefault(RunKinds.Evaluate, options.DefaultConcurrency);
        options.Concurrency[RunKinds.Evaluate] = working == 0 ? 0 : working + Waiting;
    }

    /// <summary>Works when it is its turn.</summary>
    public async Task WorkAsync(Func<Task> work, CancellationToken cancellation)
    {
        await turns.WaitAsync(cancellation);
        try
        {
            await work();
        }
        finally
        {
            turns.Release();
        }
    }
}
