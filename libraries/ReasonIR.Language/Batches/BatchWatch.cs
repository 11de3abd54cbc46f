using Microsoft.Extensions.Logging;
using ReasonIR.Language.Chat;
using ReasonIR.Language.Spending;

namespace ReasonIR.Language.Batches;

/// <summary>Asks the server how the batches are getting on, and hands out what those that ended brought.</summary>
/// <param name="price">Today's.</param>
/// <param name="mine">The batches that this process looks after, by their ids; used by the work alone, which is one task at a time.</param>
/// <param name="again">What becomes of a request whose line has no answer.</param>
/// <param name="guard">Runs something whose error must not stop the rest.</param>
sealed class BatchWatch(
    ChatEndpoint endpoint, IBatchStore store, IAnswerCache cache, BatchServer server, BatchResults results, BatchLease lease, SentRequests sent, Dictionary<long, OpenBatch> mine,
    Func<CancellationToken, Task<Price?>> price, Action<BatchWaiter, FailedLine> again, Func<Func<Task>, CancellationToken, Task> guard, ILogger log)
{
    ChatSettings Settings => endpoint.Settings;

    public async Task PollAsync(CancellationToken cancellation)
    {
        foreach (var adopted in await store.AdoptAsync(Settings, lease.Length, cancellation))
            mine[adopted.Id] = adopted;
        foreach (var batch in mine.Values.ToList())
            await guard(() => PollAsync(batch, cancellation), cancellation);
        await LookElsewhereAsync(cancellation);
    }

    async Task PollAsync(OpenBatch batch, CancellationToken cancellation)
    {
        ServerBatch? state;
        try
        {
            state = batch.BatchId is { } id ? await server.GetAsync(id, cancellation) : await server.FindAsync(batch.Token, cancellation);
        }
        catch (ChatException error) when (error.Status is 401 or 403)
        {
            // Nothing to wait for until somebody sets another key; the batch stays.
            sent.Fail(sent.Of(batch), error);
            return;
        }
        catch (ChatException error) when (error.Status == 404)
        {
            await EndAsync(batch, "unknown", "The server does not know the batch any more.", [.. batch.Lines.Select(line => new FailedLine(line.Hash, 0, "the server does not know the batch any more"))]);
            return;
        }
        if (state is null)
        {
            // Its process died before the server had it.
            mine.Remove(batch.Id);
            await store.DropAsync(batch.Id, cancellation);
            return;
        }
        if (batch.BatchId is null)
        {
            await store.SetSubmittedAsync(batch.Id, state.Id, cancellation);
            mine[batch.Id] = batch = batch with { BatchId = state.Id };
        }
        if (!await store.RenewAsync(batch.Id, state.State, lease.Length, cancellation))
            mine.Remove(batch.Id);
        else if (state.HasEnded)
            await lease.KeepAsync(batch, state.State, () => CollectAsync(batch, state, cancellation), cancellation);
    }

    async Task CollectAsync(OpenBatch batch, ServerBatch state, CancellationToken cancellation)
    {
        var failed = await results.CollectAsync(state, batch, await price(cancellation), sent.ByHash, cancellation);
        // What becomes of a whole file is no reason to skip single items, nor to send them again unasked.
        if (state.State is "failed" or "cancelled")
            failed = [.. failed.Select(line => line with { Status = 409, Error = state.State == "failed" ? $"the server refused the batch: {state.Error}" : "the batch was canceled at the server" })];
        await EndAsync(batch, state.State, state.Error, failed);
    }

    async Task EndAsync(OpenBatch batch, string state, string? error, IReadOnlyList<FailedLine> failed)
    {
        await store.EndAsync(batch.Id, state, error, failed, CancellationToken.None);
        mine.Remove(batch.Id);
        log.LogInformation("Batch {Batch} of {Endpoint} ended as {State}: {Answered} answers, {Failed} without", batch.BatchId, Settings, state, batch.Lines.Count - failed.Count, failed.Count);
        var without = failed.ToDictionary(line => line.Hash);
        foreach (var waiter in sent.Of(batch))
            if (without.TryGetValue(waiter.Hash, out var line))
                again(waiter, line);
            else
            {
                if (waiter.InWords)
                    endpoint.RefusesSchemas();
                sent.Complete(waiter);
            }
    }

    /// <summary>Requests that wait in a batch of another process: their answer is in the cache when it ends.</summary>
    async Task LookElsewhereAsync(CancellationToken cancellation)
    {
        var here = mine.Values.SelectMany(batch => batch.Lines).Select(line => line.Hash).ToHashSet();
        List<BatchWaiter> elsewhere = [.. sent.All.Where(waiter => !here.Contains(waiter.Hash))];
        if (elsewhere.Count == 0)
            return;
        var waiting = await store.WaitingAsync([.. elsewhere.Select(waiter => waiter.Hash)], cancellation);
        elsewhere.RemoveAll(waiter => waiting.Contains(waiter.Hash));
        var known = await Task.WhenAll(elsewhere.Select(waiter => cache.FindAsync(waiter.Hash, cancellation)));
        foreach (var (waiter, answer) in elsewhere.Zip(known))
            if (answer is not null)
                sent.Complete(waiter);
            else
                again(waiter, new FailedLine(waiter.Hash, 0, "a batch of another process ended without its answer"));
    }
}
