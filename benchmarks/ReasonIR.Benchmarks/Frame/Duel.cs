using System.Diagnostics;
using ReasonIR.Torch;

namespace ReasonIR.Benchmarks.Frame;

/// <summary>
/// A workload of ours and a peer's, round about: the same moments of a noisy machine for both. The first round also warms up; the best
/// of each counts, by the clock and by processor time.
/// </summary>
static class Duel
{
    const int Rounds = 3;

    /// <summary>The best rounds; the peer's is null without a peer.</summary>
    public static async Task<(Round Ours, Round? Peer)> RunAsync(Action ours, PeerProcess? peer, CancellationToken cancellationToken)
    {
        var (best, theirs) = (new Round(double.MaxValue, double.MaxValue), default(Round?));
        for (var round = 0; round < Rounds; round++)
        {
            cancellationToken.ThrowIfCancellationRequested();
            best = Better(best, Time(ours));
            if (peer is not null)
                theirs = Better(theirs ?? new(double.MaxValue, double.MaxValue), await peer.RunAsync(cancellationToken));
        }
        return (best, theirs);
    }

    /// <summary>The two figures of a workload of so many units: by the clock and by processor time.</summary>
    public static IEnumerable<BenchmarkResult> Figures(string benchmark, string workload, string unit, double units, (Round Ours, Round? Peer) rounds, string? peer, double? goal)
    {
        yield return new(benchmark, workload, "throughput", $"{unit}/s", units / rounds.Ours.Seconds, rounds.Peer is null ? null : goal, PeerName: peer, Peer: units / rounds.Peer?.Seconds);
        yield return new(benchmark, workload, "by CPU time", $"{unit}/CPU s", units / rounds.Ours.CpuSeconds, rounds.Peer is null ? null : goal, PeerName: peer, Peer: units / rounds.Peer?.CpuSeconds);
    }

    /// <summary>The peer with its version, threads and type; null without one.</summary>
    public static string? NameOf(PeerProcess? peer, bool bf16 = false) => peer is null ? null : $"{peer.Name}{(bf16 ? ", bf16 autocast" : "")}, {TorchRuntime.Status.Threads} threads";

    static Round Time(Action work)
    {
        var (clock, cpu) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
        work();
        return new(clock.Elapsed.TotalSeconds, (Environment.CpuUsage.TotalTime - cpu).TotalSeconds);
    }

    static Round Better(Round a, Round b) => new(Math.Min(a.Seconds, b.Seconds), Math.Min(a.CpuSeconds, b.CpuSeconds));
}
