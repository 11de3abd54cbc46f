using System.Diagnostics;

namespace ReasonIR.Training.Static;

/// <summary>When to save: every so many steps, or, without a number, first after five seconds and then so rarely that saving takes less than a twentieth of the time.</summary>
sealed class CheckpointSchedule(int? every)
{
    const double LargestShare = 0.05;
    static readonly TimeSpan First = TimeSpan.FromSeconds(5);

    readonly Stopwatch since = Stopwatch.StartNew();
    TimeSpan pause = First;

    public bool IsDue(int steps) => every is { } number ? steps % number == 0 : since.Elapsed >= pause;

    public void Time(Action save)
    {
        var began = Stopwatch.GetTimestamp();
        save();
        pause = Stopwatch.GetElapsedTime(began) / LargestShare;
        since.Restart();
    }
}
