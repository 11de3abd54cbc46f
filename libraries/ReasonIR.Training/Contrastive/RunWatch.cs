namespace ReasonIR.Training.Contrastive;

/// <summary>What a run remembers about its losses and evaluations; part of a checkpoint, so that a resumed run decides as one that was not interrupted.</summary>
/// <param name="Losses">Of the last steps, oldest first.</param>
/// <param name="Above">Steps in a row whose loss was too far above the median.</param>
/// <param name="Best">The best evaluation so far; null: none.</param>
/// <param name="BestStep">Steps done at it.</param>
/// <param name="Since">Evaluations since it.</param>
/// <param name="Evaluated">Steps done at the last evaluation; -1: none.</param>
/// <param name="LossSum">Over all steps, for the mean.</param>
public sealed record WatchState(IReadOnlyList<double> Losses, int Above = 0, double? Best = null, int BestStep = 0, int Since = 0, int Evaluated = -1, double LossSum = 0);

/// <summary>Decides when a run has diverged and when it no longer improves.</summary>
sealed class RunWatch(DivergenceSettings divergence, EvaluationSettings? evaluation, WatchState? state = null)
{
    readonly Queue<double> losses = new(state?.Losses ?? []);

    public WatchState State { get; private set; } = state ?? new([]);

    /// <summary>Whether a checkpoint made now would be one of a healthy run.</summary>
    public bool IsHealthy => State.Above == 0;

    /// <summary>Whether the patience has run out.</summary>
    public bool IsExhausted => evaluation?.Patience is { } patience && State.Since >= patience;

    /// <summary>Takes a step's loss; returns why the run has diverged, or null.</summary>
    public string? Add(double loss)
    {
        var median = losses.Count < Math.Min(divergence.Window, 5) ? double.PositiveInfinity : losses.Order().ElementAt(losses.Count / 2);
        var above = divergence.Factor is { } factor && loss > factor * median ? State.Above + 1 : 0;
        // A loss that counts as too high does not raise the median it is compared with.
        if (above == 0)
        {
            losses.Enqueue(loss);
            while (losses.Count > divergence.Window)
                losses.Dequeue();
        }
        State = State with { Losses = [.. losses], Above = above, LossSum = State.LossSum + loss };
        return above >= divergence.Steps ? FormattableString.Invariant($"the loss was above {divergence.Factor} times its running median {median:G4} for {above} steps") : null;
    }

    /// <summary>Whether the model after so many steps is to be evaluated.</summary>
    public bool IsDue(int step, int steps) => evaluation is { } e && State.Evaluated != step && (step == 0 ? e.AtStart : step % e.Steps == 0 || step == steps);

    /// <summary>Takes an evaluation; returns whether it is the best.</summary>
    public bool Add(int step, double score)
    {
        var better = double.IsFinite(score) && !(score <= State.Best + evaluation!.MinImprovement);
        State = better
            ? State with { Evaluated = step, Best = score, BestStep = step, Since = 0 }
            : State with { Evaluated = step, Since = State.Since + 1 };
        return better;
    }
}
