using System.Diagnostics;
using ReasonIR.Contracts.Runs;
using ReasonIR.Trainer.Runs;
using ReasonIR.Training.Static;

namespace ReasonIR.Trainer.StaticBase;

/// <summary>Turns what the trainer tells into the run's series and progress.</summary>
sealed class StaticProgressWriter(RunSeriesWriter series, TrainSpec spec)
{
    readonly Stopwatch clock = Stopwatch.StartNew();
    double? loss, heldOut, lowest;
    bool begun;

    public void Report(StaticProgress point)
    {
        if (!begun && point.Step > 1)
            series.Log($"Goes on from the checkpoint of step {(point.Loss is null ? point.Step : point.Step - 1)}.");
        begun = true;
        series.Points(point.Step, ("loss", point.Loss), ("gradient_norm", point.GradientNorm), ("learning_rate", point.LearningRate),
            ("pairs_per_second", point.PairsPerSecond), ("held_out_loss", point.HeldOutLoss));
        loss = point.Loss ?? loss;
        if (point.HeldOutLoss is { } now)
            (heldOut, lowest) = (now, Math.Min(now, lowest ?? now));
        series.Progress(Fraction(point.Step), string.Join(", ", new[]
        {
            $"step {point.Step}",
            loss is null ? null : FormattableString.Invariant($"loss {loss:F3}"),
            heldOut is null ? null : FormattableString.Invariant($"held-out loss {heldOut:F3}, lowest {lowest:F3}"),
        }.OfType<string>()));
    }

    /// <summary>Known only where the spec sets a limit: held-out documents end the training when they will.</summary>
    double? Fraction(int step)
    {
        var steps = spec.Data.Steps is > 0 and var most ? (double)step / most : (double?)null;
        var time = spec.Data.Seconds is > 0 and var seconds ? clock.Elapsed.TotalSeconds / seconds : (double?)null;
        return steps is null && time is null ? null : Math.Min(1, Math.Max(steps ?? 0, time ?? 0));
    }
}
