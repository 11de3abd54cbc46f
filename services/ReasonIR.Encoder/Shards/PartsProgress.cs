using System.Diagnostics;
using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments.Runs;

namespace ReasonIR.Encoder.Shards;

/// <summary>How far the parts of a run are together: reads their rows when one of them has moved, once a second at most.</summary>
sealed class PartsProgress : IDisposable
{
    static readonly TimeSpan Together = TimeSpan.FromSeconds(1);

    readonly RunContext run;
    readonly Dictionary<long, double> documents;
    readonly long total;
    readonly SemaphoreSlim moved = new(1);
    readonly IDisposable subscription;
    readonly Stopwatch clock = Stopwatch.StartNew();
    double? before;
    long told;

    public PartsProgress(RunContext run, RunEvents events, IReadOnlyList<(long Id, EncodePartSpec Spec)> parts, long total, int shardSize)
    {
        (this.run, this.total) = (run, total);
        documents = parts.ToDictionary(part => part.Id, part => (double)part.Spec.Starts.Count * shardSize);
        subscription = events.Subscribe(change =>
        {
            if ((change.Change == RunChange.Resync || documents.ContainsKey(change.RunId)) && moved.CurrentCount == 0)
                moved.Release();
        });
    }

    /// <summary>Waits for one part's end and tells of all parts meanwhile.</summary>
    public async Task<Run> UntilAsync(Task<Run> end, CancellationToken cancellation)
    {
        while (!end.IsCompleted)
        {
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            var next = moved.WaitAsync(stop.Token);
            if (await Task.WhenAny(end, next) == next)
            {
                await TellAsync(cancellation);
                await Task.WhenAny(end, Task.Delay(Together, cancellation));
            }
            await stop.CancelAsync();
            await next.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        }
        var ended = await end;
        await TellAsync(cancellation);
        return ended;
    }

    async Task TellAsync(CancellationToken cancellation)
    {
        await using var db = await run.ReadAsync(cancellation);
        var rows = await db.Runs.AsNoTracking().Where(row => row.ParentRunId == run.RunId && row.Kind == RunKinds.EncodePart).Select(row => new { row.Id, row.State, row.Progress }).ToListAsync(cancellation);
        // The last shard may be short: no more is told than there is.
        var done = Math.Min(total, rows.Where(row => documents.ContainsKey(row.Id)).Sum(row => documents[row.Id] * (row.State == RunState.Succeeded ? 1 : row.Progress ?? 0)));
        before ??= done; // what an earlier attempt left was not encoded now
        var (seconds, encoded) = (clock.Elapsed.TotalSeconds, done - before.Value);
        var rate = seconds >= 1 && encoded > 0 ? encoded / seconds : 0;
        await run.ReportProgressAsync(total == 0 ? null : done / total,
            $"{done:N0} of {total:N0} documents{(rate > 0 ? $", {rate:N1} texts/s, {Eta.Text(TimeSpan.FromSeconds((total - done) / rate))}" : "")}");
        if (rate > 0)
            await run.MetricAsync("texts_per_second", ++told, rate);
    }

    public void Dispose() => subscription.Dispose();
}
