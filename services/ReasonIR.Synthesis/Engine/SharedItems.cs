using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Synthesis;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Runs;
using ReasonIR.Experiments.Synthesis;
using ReasonIR.Language.Spending;
using ReasonIR.Synthesis.Generation;
using ReasonIR.Synthesis.Runs;
using ReasonIR.Synthesis.Seeds;

namespace ReasonIR.Synthesis.Engine;

/// <summary>
/// Fills a dataset version by a recipe: lays out the items, has workers make them (runs of their own, which any process of this service
/// takes), and puts what they made together by the items' order, so that the version is the same however many worked on it.
/// </summary>
public sealed class SharedItems(RunAccounts accounts, ICallLedger ledger, SynthesisItemStore items, RunEvents events)
{
    /// <summary>Items read and committed together when the version is filled.</summary>
    const int Page = 200;

    /// <summary>Workers are lost with the processes they run in, which is no reason to give up; what is kept of each item is enough to go on.</summary>
    const int WorkerAttempts = 10;

    internal async Task<SynthesisProgress> FillAsync(
        RunContext run, SynthesizeSpec spec, Corpus corpus, SeedSet seeds, DatasetDraft draft, SynthesisProgress progress, GenerationTally tally, CancellationToken cancellation)
    {
        progress = await PrepareAsync(run, spec, corpus, seeds, progress, cancellation);
        var (count, done) = await items.CountAsync(run.RunId, cancellation);
        if (done > 0)
            await run.LogAsync($"Resumed: {done} of {count} items were done before.");
        if (done < count)
            await WorkAsync(run, spec, progress.Layout, count, tally, cancellation);
        progress = await AssembleAsync(run, count, draft, progress, cancellation);
        await TellAsync(run, spec, tally, cancellation);
        if (tally.StoppedBecause is { } reason && progress.Examples > 0)
            await run.LogAsync(RunLogLevel.Warning, $"Stopped early. {reason} A run with a higher cap goes on without paying again.");
        return progress;
    }

    /// <inheritdoc cref="RunAccounts.OpenAsync"/>
    internal Task CheckAsync(RunContext run, SynthesizeSpec spec, CancellationToken cancellation) => accounts.OpenAsync(spec, run.RunId, cancellation);

    /// <summary>Removes what is not needed once the version is sealed, or dropped.</summary>
    internal static Task CleanAsync(RunContext run, CancellationToken cancellation) => run.WriteAsync(db => SynthesisItemStore.DeleteAsync(db, run.RunId, cancellation), cancellation);

    async Task<SynthesisProgress> PrepareAsync(RunContext run, SynthesizeSpec spec, Corpus corpus, SeedSet seeds, SynthesisProgress progress, CancellationToken cancellation)
    {
        var askers = await accounts.OpenAsync(spec, run.RunId, cancellation);
        if (progress.Tasks is not null)
        {
            // Only the index may be missing: a work folder can have been swept while the run was paused.
            await OpenDesk.PrepareAsync(run, spec with { VariedLength = null }, corpus, askers, cancellation);
            return progress;
        }
        await StopFormerAsync(run, cancellation);
        progress = progress with { Tasks = await OpenDesk.PrepareAsync(run, spec, corpus, askers, cancellation), Layout = run.Run.Fence };
        await run.SaveCheckpointAsync(progress, db => SynthesisItemStore.CreateAsync(db, run.RunId, Documents(spec, seeds), cancellation), cancellation);
        return progress;
    }

    /// <summary>Ends the workers of a layout before: one of them that is still at work would take items of the new one, and they would be lost with it.</summary>
    static async Task StopFormerAsync(RunContext run, CancellationToken cancellation)
    {
        List<long> former;
        await using (var db = await run.ReadAsync(cancellation))
            former = await db.Runs.Where(row => row.ParentRunId == run.RunId && row.Kind == RunKinds.SynthesizePart && (row.State == RunState.Queued || row.State == RunState.Running))
                .OrderBy(row => row.Id).Select(row => row.Id).ToListAsync(cancellation);
        foreach (var worker in former)
        {
            await run.Queue.CancelAsync(worker, cancellation);
            await run.Queue.WaitAsync(worker, cancellation);
        }
    }

    static IEnumerable<long?> Documents(SynthesizeSpec spec, SeedSet seeds) =>
        Enumerable.Range(0, seeds.Count).Select(place => (long?)seeds[place].Id).Concat(Enumerable.Repeat((long?)null, spec.VariedLength?.Examples ?? 0));

    /// <summary>Has workers make the items, and tells of all of them meanwhile.</summary>
    async Task WorkAsync(RunContext run, SynthesizeSpec spec, long layout, int count, GenerationTally tally, CancellationToken cancellation)
    {
        var workers = await EnqueueAsync(run, spec, layout, cancellation);
        using (var watch = new WorkersWatch(run, events, items, accounts, spec, count))
            foreach (var ended in await watch.UntilAsync(workers, cancellation))
            {
                var output = ended.ReadOutput<SynthesizePartOutput>();
                tally.StoppedBecause ??= output?.StoppedBecause;
                tally.Cached += output?.Cached ?? 0;
            }
    }

    async Task<IReadOnlyList<long>> EnqueueAsync(RunContext run, SynthesizeSpec spec, long layout, CancellationToken cancellation)
    {
        // What one worker has reserved of a cap, another does not see.
        var count = accounts.HasCap(spec) ? 1 : spec.Llm!.Workers;
        var workers = new List<long>();
        for (var part = 0; part < count; part++)
        {
            var own = new SynthesizePartSpec(run.RunId, part);
            workers.Add(await run.Queue.EnqueueAsync(RunKinds.SynthesizePart, own.Title, own, RunSpecs.Version, run.RunId, $"{run.RunId}/part/{layout}/{part}", run.Run.Priority, WorkerAttempts, cancellation));
        }
        await run.Queue.GoOnAsync(workers, cancellation);
        return workers;
    }

    /// <summary>Puts the examples into the version in the items' order.</summary>
    async Task<SynthesisProgress> AssembleAsync(RunContext run, int count, DatasetDraft draft, SynthesisProgress progress, CancellationToken cancellation)
    {
        while (await items.ReadAsync(run.RunId, progress.Items, Page, cancellation) is { Count: > 0 } page)
        {
            var batch = page.Select(item => new GeneratedItem(
                item.Item, ExperimentsJson.Read<IReadOnlyList<GeneratedExample>>(item.Examples), ExperimentsJson.Read<ItemFacts>(item.Facts).Skipped)).ToList();
            progress = progress.After(batch, batch[^1].Item + 1);
            await draft.AddAsync(batch, progress, cancellation);
            await run.ReportProgressAsync(1, $"filling the dataset: {progress.Items} of {count}");
        }
        return progress;
    }

    /// <summary>Adds up what the run made and paid.</summary>
    internal async Task TellAsync(RunContext run, SynthesizeSpec spec, GenerationTally tally, CancellationToken cancellation)
    {
        var report = new ReportBuilder(spec);
        for (var from = 0; await items.FactsAsync(run.RunId, from, Page, cancellation) is { Count: > 0 } page; from = page[^1].Item + 1)
            foreach (var (_, facts) in page)
                report.Add(ExperimentsJson.Read<ItemFacts>(facts));
        var (count, _) = await items.CountAsync(run.RunId, cancellation);
        tally.Spending = await SpendingAsync(run, tally, cancellation);
        tally.Report = report.Build(count, await accounts.CostsAsync(run.RunId, cancellation));
        await run.MetricAsync("examples", count, report.Examples);
        await run.MetricAsync("cost", count, (double)tally.Spending.Cost);
    }

    /// <summary>What the run has paid for.</summary>
    internal async Task<SynthesisSpending> SpendingAsync(RunContext run, GenerationTally tally, CancellationToken cancellation)
    {
        var spent = await ledger.SpentAsync(run.RunId.ToString(System.Globalization.CultureInfo.InvariantCulture), cancellation);
        return new SynthesisSpending(spent.Calls, tally.Cached, spent.InputTokens, spent.OutputTokens, spent.Cost);
    }
}
