using System.Diagnostics;
using System.Globalization;
using ReasonIR.Trainer.Runs;
using ReasonIR.Training.Contrastive;

namespace ReasonIR.Trainer.TransformerBase;

/// <summary>Turns what the trainer tells into the run's series, progress and log.</summary>
/// <param name="read">What tokens say.</param>
sealed class StepWriter(RunSeriesWriter series, Func<IReadOnlyList<int>, string> read) : ITrainingLog
{
    const int Letters = 90;

    Stopwatch? clock;
    int begun;
    string score = "";
    double waited, worked;

    /// <summary>Share of the steps' time that they waited for their batches, the first one's left out: it plans the epoch and opens the files. Null before the second.</summary>
    public double? Waiting => worked > 0 ? waited / worked : null;

    public void Report(TrainingStep step)
    {
        series.Points(step.Step, ("loss", step.Loss), ("gradient_norm", step.GradientNorm), ("learning_rate", step.LearningRate), ("pairs_per_second", step.PairsPerSecond),
            ("step_seconds", step.Seconds), ("wait_seconds", step.WaitSeconds));
        // The first step of an attempt begins the clock: loading the model is not the pace of the rest.
        if (clock is null)
            (clock, begun) = (Stopwatch.StartNew(), step.Step);
        else
            (waited, worked) = (waited + step.WaitSeconds, worked + step.Seconds);
        var left = step.Step > begun ? $", {Text(clock.Elapsed / (step.Step - begun) * (step.Steps - step.Step))} left" : "";
        series.Progress((double)step.Step / step.Steps, FormattableString.Invariant($"step {step.Step} of {step.Steps}, loss {step.Loss:F3}{score}, {step.PairsPerSecond:F1} pairs/s{left}"));
    }

    static string Text(TimeSpan time) => time.TotalHours >= 1 ? $"{(int)time.TotalHours} h {time.Minutes} min" : time.TotalMinutes >= 1 ? $"{(int)time.TotalMinutes} min" : $"{(int)time.TotalSeconds} s";

    public void Evaluated(int step, double value, bool isBest)
    {
        series.Points(step, ("ndcg_cut_10", value));
        score = string.Create(CultureInfo.InvariantCulture, $", nDCG@10 {value:F4}");
        series.Log(string.Create(CultureInfo.InvariantCulture, $"Step {step}: nDCG@10 {value:F4}{(isBest ? ", the best so far" : "")}."));
    }

    /// <summary>A set's own figure, where there are several.</summary>
    public void Evaluated(string set, int step, double value) => series.Points(step, ($"ndcg_cut_10 {set}", value));

    public void HardestNegatives(IReadOnlyList<HardNegative> negatives)
    {
        foreach (var negative in negatives)
            series.Log(string.Create(CultureInfo.InvariantCulture,
                $"Step {negative.Step}, {(negative.IsOwn ? "hard negative" : "in-batch negative")} at {negative.Score:F3}, positive at {negative.PositiveScore:F3}: {negative.Example} «{Short(negative.Query.Ids)}» finds {negative.PassageExample} «{Short(negative.Passage.Ids)}»"));
    }

    string Short(int[] ids)
    {
        var text = read(ids.Length > Letters ? ids[..Letters] : ids).ReplaceLineEndings(" ");
        return text.Length > Letters ? text[..Letters] + "…" : text;
    }

    public void Message(string text) => series.Log(text);
}
