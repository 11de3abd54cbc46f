using System.Diagnostics;
using System.Globalization;
using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Runs;
using ReasonIR.Experiments.Synthesis;

namespace ReasonIR.Synthesis.Engine;

/// <summary>Waits for a run's workers and tells of all their items meanwhile: as soon as one of them says something, once a second at most.</summary>
sealed class WorkersWatch : IDisposable
{
    static readonly TimeSpan Together = TimeSpan.FromSeconds(1);

    /// <summary>A write that was begun before another may be seen after it.</summary>
    static readonly TimeSpan Overlap = TimeSpan.FromSeconds(30);

    readonly RunContext run;
    readonly SynthesisItemStore items;
    readonly RunAccounts accounts;
    readonly SynthesizeSpec spec;
    readonly int count;
    readonly ReportBuilder report;
    readonly HashSet<int> seen = []; // at or above the first that is not done
    readonly SemaphoreSlim moved = new(1);
    readonly IDisposable subscription;
    readonly Stopwatch clock = Stopwatch.StartNew();
    DateTimeOffset since = DateTimeOffset.MinValue;
    int? before;
    int first; // below it all items are done and told of

    public WorkersWatch(RunContext run, RunEvents events, SynthesisItemStore items, RunAccounts accounts, SynthesizeSpec spec, int count)
    {
        (this.run, this.items, this.accounts, this.spec, this.count, report) = (run, items, accounts, spec, count, new ReportBuilder(spec));
        subscription = events.Subscribe(change =>
        {
            if ((change.Change == RunChange.Resync || change.Kind == RunKinds.SynthesizePart) && moved.CurrentCount == 0)
                moved.Release();
        });
    }

    /// <summary>The workers' runs, all of them successful.</summary>
    /// <exception cref="InvalidOperationException">One failed; the others are told to stop.</exception>
    public async Task<IReadOnlyList<Run>> UntilAsync(IReadOnlyList<long> workers, CancellationToken cancellation)
    {
        var ended = Task.WhenAll(workers.Select(worker => run.Queue.WaitAsync(worker, cancellation)));
        while (true)
        {
            await Task.WhenAny(ended, moved.WaitAsync(cancellation));
            cancellation.ThrowIfCancellationRequested();
            var took = Stopwatch.StartNew();
            var rows = await ReadAsync(workers, cancellation);
            if (rows.FirstOrDefault(row => row.State is RunState.Failed or RunState.Canceled) is { } lost)
            {
                foreach (var other in rows.Where(row => !row.HasEnded))
                    await run.Queue.CancelAsync(other.Id, cancellation);
                foreach (var other in rows)
                    await run.Queue.WaitAsync(other.Id, cancellation);
                throw new InvalidOperationException($"{lost.Name} (run {lost.Id}) {lost.State.ToString().ToLowerInvariant()}: {lost.Error ?? "no reason given"}");
            }
            await TellAsync(cancellation);
            if (rows.All(row => row.HasEnded))
                return rows;
            // Adding up a large run must not be what it mostly does.
            await Task.WhenAny(ended, Task.Delay(took.Elapsed * 20 is var pause && pause > Together ? pause : Together, cancellation));
            cancellation.ThrowIfCancellationRequested();
        }
    }

    async Task<List<Run>> ReadAsync(IReadOnlyList<long> workers, CancellationToken cancellation)
    {
        await using var db = await run.ReadAsync(cancellation);
        return await db.Runs.AsNoTracking().Where(row => workers.Contains(row.Id)).OrderBy(row => row.Id).ToListAsync(cancellation);
    }

    async Task TellAsync(CancellationToken cancellation)
    {
        foreach (var (item, facts, finished) in await items.FactsAsync(run.RunId, first, since == DateTimeOffset.MinValue ? since : since - Overlap, cancellation))
        {
            if (seen.Add(item))
                report.Add(ExperimentsJson.Read<ItemFacts>(facts));
            since = finished > since ? finished : since;
        }
        while (seen.Remove(first))
            first++;
        before ??= report.Done; // what an earlier attempt left was not made now
        var costs = await accounts.CostsAsync(run.RunId, cancellation);
        var (cost, rate) = (costs.Sum(one => one.Cost), (report.Done - before.Value) / Math.Max(clock.Elapsed.TotalSeconds, 1));
        var left = rate > 0 ? TimeSpan.FromSeconds((count - report.Done) / rate) : (TimeSpan?)null;
        await run.ReportProgressAsync(count == 0 ? null : (double)report.Done / count, string.Create(CultureInfo.InvariantCulture,
            $"{report.Done:N0} of {count:N0} items, {report.Examples:N0} examples, {costs.Sum(one => one.Calls):N0} calls{(cost > 0 ? $", cost {cost:0.####}" : "")}{(rate > 0 ? $", {rate:0.##} items/s, {Text(left!.Value)} left" : "")}"));
        await run.MetricAsync("examples", report.Done, report.Examples);
        await run.MetricAsync("cost", report.Done, (double)cost);
        // What pages show while the run works; the handler replaces it at the end.
        await run.SetOutputAsync(new SynthesizeOutput(spec.Dataset, 0, report.Examples, cost, Report: report.Build(count, costs)), cancellation);
    }

    static string Text(TimeSpan time) => time.TotalHours >= 1 ? $"{(int)time.TotalHours} h {time.Minutes} min" : time.TotalMinutes >= 1 ? $"{(int)time.TotalMinutes} min {time.Seconds} s" : $"{Math.Ceiling(time.TotalSeconds):0} s";

    public void Dispose() => subscription.Dispose();
}
