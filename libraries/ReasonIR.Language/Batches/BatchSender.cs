using Microsoft.Extensions.Logging;
using ReasonIR.Language.Chat;
using ReasonIR.Language.Spending;

namespace ReasonIR.Language.Batches;

/// <summary>Gives requests to the server as batches. A batch is written down before it is sent; what waits in another one is not sent.</summary>
/// <param name="mine">The batches that this process looks after, by their ids; used by the work alone, which is one task at a time.</param>
sealed class BatchSender(
    ChatEndpoint endpoint, IBatchStore store, IAnswerCache cache, BatchServer server, BatchGathering gathered, BatchLease lease, SentRequests sent, Dictionary<long, OpenBatch> mine, ILogger log)
{
    ChatSettings Settings => endpoint.Settings;

    /// <summary>How a request is asked for JSON now.</summary>
    public StructuredOutput Mode(BatchWaiter waiter) => waiter.InWords ? StructuredOutput.Text : endpoint.Mode(waiter.Request);

    /// <summary>Sends all that is due, in as many files as it takes.</summary>
    public async Task SendAsync(CancellationToken cancellation)
    {
        var taken = gathered.Take();
        sent.Add(taken);
        for (var at = 0; at < taken.Count;)
        {
            using var file = new MemoryStream();
            var waiters = gathered.Cut(taken, ref at, Line, file);
            try
            {
                await SendAsync(file, waiters, cancellation);
            }
            catch (Exception error) when (!cancellation.IsCancellationRequested)
            {
                sent.Fail(waiters, error as ChatException ?? new ChatException($"The batch could not be written down: {error.Message}", 0));
            }
        }
    }

    byte[] Line(BatchWaiter waiter) => waiter.Write(Settings, Mode(waiter));

    async Task SendAsync(MemoryStream file, List<BatchWaiter> waiters, CancellationToken cancellation)
    {
        var token = Guid.NewGuid().ToString("N");
        if (await store.AddAsync(Settings, token, [.. waiters.Select(waiter => waiter.Line)], lease.Length, cancellation) is not { } batch)
            return; // All wait in batches of others, or of an earlier process.
        var (accepted, answered) = await AcceptedAsync(batch, waiters, cancellation);
        if (accepted.Count == 0)
            await store.DropAsync(batch.Id, cancellation);
        // Only now: whoever has its answer finds no batch begun for it.
        foreach (var waiter in answered)
            sent.Complete(waiter);
        if (accepted.Count == 0)
            return;
        try
        {
            if (accepted.Count < waiters.Count)
            {
                file.SetLength(0);
                foreach (var waiter in accepted)
                    file.Write(Line(waiter));
            }
            foreach (var waiter in accepted)
                waiter.Sent++;
            await lease.KeepAsync(batch, "uploading", () => CreateAsync(file, batch, token, accepted.Count, cancellation), cancellation);
        }
        catch (ChatException error) when (!mine.ContainsKey(batch.Id) || error.Status is > 0 and < 500 and not 408)
        {
            mine.Remove(batch.Id);
            await store.DropAsync(batch.Id, CancellationToken.None);
            throw;
        }
        catch (ChatException error)
        {
            log.LogWarning("It is not known whether {Endpoint} took a batch: {Error}", Settings, error.Message);
        }
    }

    /// <summary>Now that nobody else can send them: a batch that ended while they were gathered may have brought their answers.</summary>
    async Task<(List<BatchWaiter> Accepted, List<BatchWaiter> Answered)> AcceptedAsync(OpenBatch batch, List<BatchWaiter> waiters, CancellationToken cancellation)
    {
        var lines = batch.Lines.Select(line => line.Hash).ToHashSet();
        List<BatchWaiter> accepted = [.. waiters.Where(waiter => lines.Contains(waiter.Hash))];
        // All at once: the lease is short, and they share round trips.
        var known = await Task.WhenAll(accepted.Select(waiter => cache.FindAsync(waiter.Hash, cancellation)));
        List<BatchWaiter> answered = [.. accepted.Zip(known).Where(pair => pair.Second is not null).Select(pair => pair.First)];
        return ([.. accepted.Except(answered)], answered);
    }

    async Task CreateAsync(MemoryStream file, OpenBatch batch, string token, int count, CancellationToken cancellation)
    {
        var input = await server.UploadAsync(file.GetBuffer().AsMemory(0, (int)file.Length), cancellation);
        if (!await store.RenewAsync(batch.Id, "creating", lease.Length, cancellation))
            throw new ChatException("The batch took so long to upload that another process took it over.", 0);
        // From here on the server may have it, whatever is heard of it: it is looked for by its token.
        mine[batch.Id] = batch;
        var created = await server.CreateAsync(input, token, cancellation);
        await store.SetSubmittedAsync(batch.Id, created.Id, cancellation);
        mine[batch.Id] = batch with { BatchId = created.Id };
        log.LogInformation("Batch {Batch} of {Count} requests was given to {Endpoint}", created.Id, count, Settings);
    }
}
