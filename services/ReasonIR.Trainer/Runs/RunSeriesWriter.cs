using ReasonIR.Experiments.Runs;

namespace ReasonIR.Trainer.Runs;

/// <summary>Writes metric points from the training thread. They only queue up, except now and then, when that thread waits for the database.</summary>
public sealed class RunSeriesWriter(RunContext run)
{
    /// <summary>Adds the points that have a value.</summary>
    public void Points(long step, params ReadOnlySpan<(string Name, double? Value)> points)
    {
        foreach (var (name, value) in points)
            if (value is { } number)
                Wait(run.MetricAsync(name, step, number));
    }

    public void Progress(double? fraction, string text) => Wait(run.ReportProgressAsync(fraction, text));

    public void Log(string message, RunLogLevel level = RunLogLevel.Information) => Wait(run.LogAsync(level, message));

    static void Wait(ValueTask written)
    {
        if (!written.IsCompletedSuccessfully)
            written.AsTask().GetAwaiter().GetResult();
    }
}
