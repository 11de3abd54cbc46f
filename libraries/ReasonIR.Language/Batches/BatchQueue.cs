using Microsoft.Extensions.Logging;
using ReasonIR.Language.Chat;
using ReasonIR.Language.Spending;

namespace ReasonIR.Language.Batches;

/// <summary>
/// Gathers the requests of one endpoint into batch files, looks after the batches, and puts their answers into the cache. A batch is
/// written down before it is sent: after a restart, or by another process, it is found again, and a request that waits in it is not sent
/// a second time. Lines that failed for a passing reason go into a later batch.
/// </summary>
public sealed class BatchQueue : IAsyncDisposable, IDisposable
{
    /// <summary>Batches that a request is put into before it counts as failed.</summary>
    const int MostSent = 3;

    readonly ChatEndpoint endpoint;
    readonly IBatchStore store;
    readonly IAnswerCache cache;
    readonly Func<CancellationToken, Task<Price?>> price;
    readonly ILogger<BatchQueue> log;
    readonly TimeProvider time;
    readonly BatchServer server;
    readonly BatchResults results;
    readonly Lock gate = new();
    readonly CancellationTokenSource stopping = new();
    readonly BatchGathering gathered;
    readonly BatchLease lease;
    readonly Dictionary<string, BatchWaiter> sent = [];
    readonly Dictionary<long, OpenBatch> mine = []; // of the work alone, which is one task at a time
    Task? work;

    public BatchQueue(ChatEndpoint endpoint, IBatchStore store, IAnswerCache cache, Func<CancellationToken, Task<Price?>> price, ILogger<BatchQueue> log, TimeProvider? time = null)
    {
        (this.endpoint, this.store, this.cache, this.price, this.log, this.time) = (endpoint, store, cache, price, log, time ?? TimeProvider.System);
        server = new BatchServer(Settings, log, this.time);
        results = new BatchResults(server, cache, Settings, this.time);
        gathered = new BatchGathering(Settings, this.time);
        lease = new BatchLease(store, Settings, this.time);
    }

    ChatSettings Settings => endpoint.Settings;

    /// <summary>Ends when the answer is in the cache. A caller that stops waiting takes nothing back that was sent.</summary>
    /// <exception cref="ChatException">There is no answer; status 0, 408, 429 or 5xx: a later attempt may get one.</exception>
    internal async Task WaitAsync(string hash, ChatRequest request, CallPurpose purpose, CancellationToken cancellation)
    {
        var waiter = new BatchWaiter(hash, request, purpose, cancellation);
        Gather(waiter);
        await waiter.Done.Task.WaitAsync(cancellation);
    }

    /// <summary>Looks after batches that an earlier process left, though nobody asks for their answers yet.</summary>
    public async Task ResumeAsync(CancellationToken cancellation)
    {
        if (await store.AnyOpenAsync(Settings, cancellation))
            lock (gate)
                Work();
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        Task? last;
        lock (gate)
            last = work;
        if (last is not null)
            await last.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        server.Dispose();
    }

    /// <summary>The same without waiting for what is under way.</summary>
    public void Dispose()
    {
        stopping.Cancel();
        server.Dispose();
    }

    void Gather(BatchWaiter waiter)
    {
        lock (gate)
        {
            gathered.Add(waiter);
            Work();
        }
    }

    void Work()
    {
        if (work is null or { IsCompleted: true } && !stopping.IsCancellationRequested)
            work = Task.Run(() => WorkAsync(stopping.Token));
    }

    async Task WorkAsync(CancellationToken cancellation)
    {
        var polledAt = (long?)null;
        var step = Settings.BatchWait < Settings.BatchPoll ? Settings.BatchWait : Settings.BatchPoll;
        step = TimeSpan.FromMilliseconds(Math.Clamp(step.TotalMilliseconds / 4, 5, 1000));
        try
        {
            while (true)
            {
                if (gathered.IsDue)
                    await GuardAsync(() => SendAsync(cancellation), cancellation);
                if (polledAt is not { } at || time.GetElapsedTime(at) >= Settings.BatchPoll)
                {
                    await GuardAsync(() => PollAsync(cancellation), cancellation);
                    polledAt = time.GetTimestamp();
                    var open = true;
                    await GuardAsync(async () => open = await store.AnyOpenAsync(Settings, cancellation), cancellation);
                    lock (gate)
                        if (!open && gathered.All.Count + sent.Count == 0)
                        {
                            work = null;
                            return;
                        }
                }
                await Task.Delay(step, time, cancellation);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            List<BatchWaiter> all;
            lock (gate)
                all = [.. gathered.All, .. sent.Values];
            Fail(all, new ChatException("The service stops; its batches go on at their server and are looked after by the next process.", 0));
            await store.ReleaseAsync([.. mine.Keys], CancellationToken.None);
        }
    }

    /// <summary>An error of the database or of the server leaves everything as it is, for the next time.</summary>
    async Task GuardAsync(Func<Task> act, CancellationToken cancellation)
    {
        try
        {
            await act();
        }
        catch (Exception error) when (!cancellation.IsCancellationRequested)
        {
            log.LogWarning("Batches of {Endpoint}: {Error}", Settings, Redaction.Redact(error.Message, Settings.Key));
        }
    }

    async Task SendAsync(CancellationToken cancellation)
    {
        var taken = gathered.Take();
        lock (gate)
            foreach (var waiter in taken)
                sent[waiter.Hash] = waiter;
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
                Fail(waiters, error as ChatException ?? new ChatException($"The batch could not be written down: {error.Message}", 0));
            }
        }
    }

    byte[] Line(BatchWaiter waiter) => waiter.Write(Settings, Mode(waiter));

    StructuredOutput Mode(BatchWaiter waiter) => waiter.InWords ? StructuredOutput.Text : endpoint.Mode(waiter.Request);

    async Task SendAsync(MemoryStream file, List<BatchWaiter> waiters, CancellationToken cancellation)
    {
        var token = Guid.NewGuid().ToString("N");
        if (await store.AddAsync(Settings, token, [.. waiters.Select(waiter => waiter.Line)], lease.Length, cancellation) is not { } batch)
            return; // All wait in batches of others, or of an earlier process.
        // Now that nobody else can send them: a batch that ended while they were gathered may have brought their answers.
        var accepted = batch.Lines.Select(line => line.Hash).ToHashSet();
        foreach (var waiter in waiters.Where(waiter => accepted.Contains(waiter.Hash)))
            if (await cache.FindAsync(waiter.Hash, cancellation) is not null)
            {
                accepted.Remove(waiter.Hash);
                Complete(waiter);
            }
        if (accepted.Count == 0)
        {
            await store.DropAsync(batch.Id, cancellation);
            return;
        }
        try
        {
            if (accepted.Count < waiters.Count)
            {
                file.SetLength(0);
                foreach (var waiter in waiters.Where(waiter => accepted.Contains(waiter.Hash)))
                    file.Write(Line(waiter));
            }
            foreach (var waiter in waiters.Where(waiter => accepted.Contains(waiter.Hash)))
                waiter.Sent++;
            await lease.KeepAsync(batch, "uploading", async () =>
            {
                var input = await server.UploadAsync(file.GetBuffer().AsMemory(0, (int)file.Length), cancellation);
                if (!await store.RenewAsync(batch.Id, "creating", lease.Length, cancellation))
                    throw new ChatException("The batch took so long to upload that another process took it over.", 0);
                // From here on the server may have it, whatever is heard of it: it is looked for by its token.
                mine[batch.Id] = batch;
                var created = await server.CreateAsync(input, token, cancellation);
                await store.SetSubmittedAsync(batch.Id, created.Id, cancellation);
                mine[batch.Id] = batch with { BatchId = created.Id };
                log.LogInformation("Batch {Batch} of {Count} requests was given to {Endpoint}", created.Id, accepted.Count, Settings);
            }, cancellation);
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

    async Task PollAsync(CancellationToken cancellation)
    {
        foreach (var adopted in await store.AdoptAsync(Settings, lease.Length, cancellation))
            mine[adopted.Id] = adopted;
        foreach (var batch in mine.Values.ToList())
            await GuardAsync(() => PollAsync(batch, cancellation), cancellation);
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
            Fail(WaitersOf(batch), error);
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
        {
            mine.Remove(batch.Id);
            return;
        }
        if (!state.HasEnded)
            return;
        Dictionary<string, BatchWaiter> waiting;
        lock (gate)
            waiting = new(sent);
        await lease.KeepAsync(batch, state.State, async () =>
        {
            var failed = await results.CollectAsync(state, batch, await price(cancellation), waiting, cancellation);
            // What becomes of a whole file is no reason to skip single items, nor to send them again unasked.
            if (state.State is "failed" or "cancelled")
                failed = [.. failed.Select(line => line with { Status = 409, Error = state.State == "failed" ? $"the server refused the batch: {state.Error}" : "the batch was canceled at the server" })];
            await EndAsync(batch, state.State, state.Error, failed);
        }, cancellation);
    }

    async Task EndAsync(OpenBatch batch, string state, string? error, IReadOnlyList<FailedLine> failed)
    {
        await store.EndAsync(batch.Id, state, error, failed, CancellationToken.None);
        mine.Remove(batch.Id);
        log.LogInformation("Batch {Batch} of {Endpoint} ended as {State}: {Answered} answers, {Failed} without", batch.BatchId, Settings, state, batch.Lines.Count - failed.Count, failed.Count);
        var without = failed.ToDictionary(line => line.Hash);
        foreach (var waiter in WaitersOf(batch))
            if (without.TryGetValue(waiter.Hash, out var line))
                Again(waiter, line);
            else
            {
                if (waiter.InWords)
                    endpoint.RefusesSchemas();
                Complete(waiter);
            }
    }

    /// <summary>Into a later batch where that may help, otherwise an error.</summary>
    void Again(BatchWaiter waiter, FailedLine line)
    {
        var schema = line.Status is 400 or 422 && !waiter.InWords && Mode(waiter) == StructuredOutput.Auto;
        if ((schema || line.Status is 0 or 408 or 429 or >= 500) && waiter.Sent < MostSent && !stopping.IsCancellationRequested)
        {
            waiter.InWords |= schema;
            lock (gate)
                sent.Remove(waiter.Hash);
            Gather(waiter);
            return;
        }
        Fail([waiter], new ChatException($"{Settings}, in a batch: {(line.Status > 0 ? $"HTTP {line.Status}, " : "")}{line.Error}", line.Status));
    }

    /// <summary>Requests that wait in a batch of another process: their answer is in the cache when it ends.</summary>
    async Task LookElsewhereAsync(CancellationToken cancellation)
    {
        List<BatchWaiter> elsewhere;
        var here = mine.Values.SelectMany(batch => batch.Lines).Select(line => line.Hash).ToHashSet();
        lock (gate)
            elsewhere = [.. sent.Values.Where(waiter => !here.Contains(waiter.Hash))];
        if (elsewhere.Count == 0)
            return;
        var waiting = await store.WaitingAsync([.. elsewhere.Select(waiter => waiter.Hash)], cancellation);
        foreach (var waiter in elsewhere.Where(waiter => !waiting.Contains(waiter.Hash)))
            if (await cache.FindAsync(waiter.Hash, cancellation) is not null)
                Complete(waiter);
            else
                Again(waiter, new FailedLine(waiter.Hash, 0, "a batch of another process ended without its answer"));
    }

    List<BatchWaiter> WaitersOf(OpenBatch batch)
    {
        lock (gate)
            return [.. batch.Lines.Select(line => sent.GetValueOrDefault(line.Hash)).OfType<BatchWaiter>()];
    }

    void Complete(BatchWaiter waiter)
    {
        lock (gate)
            sent.Remove(waiter.Hash);
        waiter.Done.TrySetResult();
    }

    void Fail(IReadOnlyList<BatchWaiter> waiters, ChatException error)
    {
        lock (gate)
            foreach (var waiter in waiters)
                sent.Remove(waiter.Hash);
        foreach (var waiter in waiters)
            waiter.Done.TrySetException(error);
    }
}
