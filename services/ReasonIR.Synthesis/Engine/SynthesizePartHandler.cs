using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Search;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Runs;
using ReasonIR.Experiments.Synthesis;
using ReasonIR.Language.Chat;
using ReasonIR.Language.Spending;
using ReasonIR.Synthesis.Llm;
using ReasonIR.Synthesis.Runs;
using ReasonIR.Synthesis.Steps;

namespace ReasonIR.Synthesis.Engine;

/// <summary>
/// A worker of a synthesis run: takes items until none are left and keeps each as soon as it is done. Lost, its successor begins with
/// what it had taken; items that others took are theirs.
/// </summary>
public sealed class SynthesizePartHandler(LlmGenerator generator, RunAccounts accounts, SynthesisItemStore items, SearchClient search) : IRunHandler
{
    /// <summary>When so many items have given no example, the model or the corpus is unfit: going on would only cost.</summary>
    public const int Hopeless = 25;

    /// <inheritdoc/>
    public string Kind => RunKinds.SynthesizePart;

    /// <inheritdoc/>
    public async Task RunAsync(RunContext run, CancellationToken cancellation)
    {
        if (generator.Missing is { } missing)
            throw new InvalidOperationException(missing);
        var part = run.Spec<SynthesizePartSpec>();
        if (!await items.IsAnyForAsync(part.Run, run.RunId, cancellation))
        {
            await run.SetOutputAsync(new SynthesizePartOutput(0), cancellation);
            return;
        }
        var (spec, tasks, corpus) = await ReadAsync(run, part, cancellation);
        var askers = await accounts.OpenAsync(spec, part.Run, cancellation);
        using var open = await OpenDesk.OpenAsync(run, run.WorkFolderOf(part.Run), spec, corpus, askers, tasks, search, cancellation);
        var worker = new Worker(run, part.Run, new ItemMaker(open.Desk), askers.Budget, await FirstVariedAsync(run, part.Run, cancellation));
        var held = new Queue<TakenItem>(await items.HeldAsync(run.RunId, cancellation));
        if (held.Count > 0)
            await run.LogAsync($"Begins with {held.Count} items that were taken before.");
        var flow = new ItemFlow<(TakenItem, Document?), FinishedItem>(InFlight(spec));
        await flow.RunAsync(
            (most, token) => worker.TakeAsync(held, most, token), (item, token) => worker.MakeAsync(item.Item1, item.Item2, token), worker.KeepAsync, () => worker.StoppedBecause is not null, cancellation);
        await run.SetOutputAsync(new SynthesizePartOutput(worker.Done, worker.StoppedBecause, askers.Budget.Cached), cancellation);
    }

    /// <summary>Where the endpoint itself bounds the calls, some items more keep it busy while others read and write the database.</summary>
    int InFlight(SynthesizeSpec spec) => spec.Llm!.Concurrency is var calls && calls >= accounts.EndpointConcurrency(spec) ? calls + calls / 4 + 1 : calls;

    async Task<(SynthesizeSpec, IReadOnlyList<string>, Corpus)> ReadAsync(RunContext run, SynthesizePartSpec part, CancellationToken cancellation)
    {
        await using var db = await run.ReadAsync(cancellation);
        var parent = await db.Runs.AsNoTracking().SingleAsync(row => row.Id == part.Run, cancellation);
        var spec = generator.Complete(parent.ReadSpec<SynthesizeSpec>());
        var corpus = await db.Corpora.AsNoTracking().SingleAsync(row => row.Name == spec.Corpus, cancellation);
        var version = await db.DatasetVersions.AsNoTracking().SingleAsync(row => row.RunId == part.Run, cancellation);
        if (version.SpecHash != DatasetDraft.SpecHash(spec, corpus, generator))
            throw new InvalidOperationException($"The corpus {corpus.Name}, a prompt or the chat model of this process is not what run {part.Run} began with.");
        return (spec, ExperimentsJson.Read<SynthesisProgress>(parent.Checkpoint!).Tasks ?? [], corpus);
    }

    /// <summary>The first item without a document.</summary>
    static async Task<int> FirstVariedAsync(RunContext run, long parent, CancellationToken cancellation)
    {
        await using var db = await run.ReadAsync(cancellation);
        return await db.SynthesisItems.CountAsync(row => row.RunId == parent && row.DocumentId != null, cancellation);
    }

    /// <summary>What one attempt of a worker does.</summary>
    sealed class Worker(RunContext run, long parent, ItemMaker maker, RunBudget budget, int firstVaried)
    {
        int examples;

        public int Done { get; private set; }

        public string? StoppedBecause { get; private set; }

        /// <summary>Some items with their documents: those held from before first, then free ones.</summary>
        public async Task<IReadOnlyList<(TakenItem, Document?)>> TakeAsync(Queue<TakenItem> held, int most, CancellationToken cancellation)
        {
            var taken = new List<TakenItem>();
            while (taken.Count < most && held.TryDequeue(out var item))
                taken.Add(item);
            if (taken.Count == 0)
                taken.AddRange(await run.WriteAsync(db => SynthesisItemStore.TakeAsync(db, parent, run.RunId, most, cancellation), cancellation));
            var ids = taken.Select(item => item.DocumentId).OfType<long>().ToArray();
            await using var db = await run.ReadAsync(cancellation);
            var documents = await db.Documents.AsNoTracking().Where(document => ids.Contains(document.Id)).ToDictionaryAsync(document => document.Id, cancellation);
            return [.. taken.Select(item => (item, item.DocumentId is not { } id ? null : documents.TryGetValue(id, out var document) ? document
                : throw new InvalidOperationException("A seed document has been deleted from the corpus.")))];
        }

        /// <summary>What became of an item, or null where the cap leaves no room for it.</summary>
        public async Task<FinishedItem?> MakeAsync(TakenItem item, Document? document, CancellationToken cancellation)
        {
            try
            {
                var (made, facts) = await maker.MakeAsync(item.Item, document, item.Item - firstVaried, cancellation);
                return new(item.Item, ExperimentsJson.Write(made), ExperimentsJson.Write(facts));
            }
            catch (ChatException error) when (ModelTrouble.IsRefusal(error))
            {
                await run.LogAsync(RunLogLevel.Warning, $"Item {item.Item}{(document is null ? "" : $", document {document.ExternalId},")} is refused: {error.Message}");
                return new(item.Item, "[]", ExperimentsJson.Write(ItemMaker.Refused(error.Status, error.Message)));
            }
            catch (ChatException error) when (ModelTrouble.IsAway(error))
            {
                throw new TransientRunException(error.Message, error);
            }
            catch (CostCapException error)
            {
                StoppedBecause ??= error.Message;
                return null;
            }
        }

        public async Task KeepAsync(IReadOnlyList<FinishedItem> finished, CancellationToken cancellation)
        {
            await run.WriteAsync(db => SynthesisItemStore.FinishAsync(db, parent, finished, cancellation), cancellation);
            Done += finished.Count;
            examples += finished.Count(item => item.Examples != "[]");
            // Reporting wakes the run that waits for its workers.
            await run.ReportProgressAsync(null, $"{Done} items done, {budget.Spent.Calls} calls paid for");
            if (examples == 0 && Done >= Hopeless)
                StoppedBecause ??= $"The first {Done} items gave no example.";
        }
    }
}
