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

    readonly ChatSettings settings;
    readonly IBatchStore store;
    readonly ILogger<BatchQueue> log;
    readonly TimeProvider time;
    readonly BatchServer server;
    readonly BatchGathering gathered;
    readonly SentRequests sent = new();
    readonly Dictionary<long, OpenBatch> mine = [];
    readonly BatchSender sender;
    readonly BatchWatch watch;
    readonly Lock gate = new();
    readonly CancellationTokenSource stopping = new();
    Task? work;

    public BatchQueue(ChatEndpoint endpoint, IBatchStore store, IAnswerCache cache, Func<CancellationToken, Task<Price?>> price, ILogger<BatchQueue> log, TimeProvider? time = null)
    {
        (settings, this.store, this.log, this.time) = (endpoint.Settings, store, log, time ?? TimeProvider.System);
        server = new BatchServer(settings, log, this.time);
        gathered = new BatchGathering(settings, this.time);
        var lease = new BatchLease(store, settings, this.time);
        sender = new BatchSender(endpoint, store, cache, server, gathered, lease, sent, mine, log);
        watch = new BatchWatch(endpoint, store, cache, server, new BatchResults(server, cache, settings, this.time), lease, sent, mine, price, Again, GuardAsync, log);
    }

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
        if (await store.AnyOpenAsync(settings, cancellation))
            lock (gate)
                Work();
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        Task? last;
        lock (gate)
            last = work;
        await (last ?? Task.CompletedTask).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
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
        var step = settings.BatchWait < settings.BatchPoll ? settings.BatchWait : settings.BatchPoll;
        step = TimeSpan.FromMilliseconds(Math.Clamp(step.TotalMilliseconds / 4, 5, 1000));
        try
        {
            while (true)
            {
                if (gathered.IsDue)
                    await GuardAsync(() => sender.SendAsync(cancellation), cancellation);
                if (polledAt is not { } at || time.GetElapsedTime(at) >= settings.BatchPoll)
                {
                    await GuardAsync(() => watch.PollAsync(cancellation), cancellation);
                    polledAt = time.GetTimestamp();
                    var open = true;
                    await GuardAsync(async () => open = await store.AnyOpenAsync(settings, cancellation), cancellation);
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
            sent.Fail([.. gathered.All, .. sent.All], new ChatException("The service stops; its batches go on at their server and are looked after by the next process.", 0));
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
            log.LogWarning("Batches of {Endpoint}: {Error}", settings, Redaction.Redact(error.Message, settings.Key));
        }
    }

    /// <summary>Into a later batch where that may help, otherwise an error.</summary>
    void Again(BatchWaiter waiter, FailedLine line)
    {
        var schema = line.Status is 400 or 422 && !waiter.InWords && sender.Mode(waiter) == StructuredOutput.Auto;
        if ((schema || line.Status is 0 or 408 or 429 or >= 500) && waiter.Sent < MostSent && !stopping.IsCancellationRequested)
        {
            waiter.InWords |= schema;
            sent.Remove(waiter);
            Gather(waiter);
            return;
        }
        sent.Fail([waiter], new ChatException($"{settings}, in a batch: {(line.Status > 0 ? $"HTTP {line.Status}, " : "")}{line.Error}", line.Status));
    }
}
