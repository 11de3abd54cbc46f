using System.Diagnostics;

namespace ReasonIR.Benchmarks.Text;

/// <summary>
/// The processor time of one-threaded work. Unlike the clock it does not count what other processes take of a busy machine; it does
/// count this process's own compiler and garbage collector.
/// </summary>
static class CpuTime
{
    const double ShortestPass = 0.3;

    /// <summary>Seconds an execution: the best of several passes, each long enough for the timer's steps of 10 ms.</summary>
    public static double BestOf(int passes, Action work, CancellationToken cancellation)
    {
        work();
        var best = double.PositiveInfinity;
        for (var pass = 0; pass < passes; pass++)
        {
            cancellation.ThrowIfCancellationRequested();
            var times = 0;
            var start = Now();
            do
            {
                work();
                times++;
            }
            while (Now() - start < ShortestPass);
            best = Math.Min(best, (Now() - start) / times);
        }
        return best;
    }

    static double Now()
    {
        using var process = Process.GetCurrentProcess();
        return process.TotalProcessorTime.TotalSeconds;
    }
}
