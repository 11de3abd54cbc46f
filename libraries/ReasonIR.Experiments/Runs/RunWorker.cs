using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using ReasonIR.Experiments.Artifacts;

namespace ReasonIR.Experiments.Runs;

/// <summary>
/// Takes runs of the kinds that have a handler in this process. It sleeps until a notification, an ended run or the moment a lease
/// runs out (as the rows say) wakes it.
/// </summary>
sealed class RunWorker(
    IEnumerable<IRunHandler> handlers, NpgsqlDataSource database, IDbContextFactory<ExperimentsDb> contexts, ArtifactStore artifacts,
    RunQueue queue, RunEvents events, IOptions<RunWorkerOptions> options, ILoggerFactory loggers) : BackgroundService
{
    /// <summary>A due run that could not be taken is locked by somebody for a moment; asking again at once would spin.</summary>
    static readonly TimeSpan ShortestSleep = TimeSpan.FromMilliseconds(500);
    static readonly TimeSpan PauseAfterError = TimeSpan.FromSeconds(2);

    /// <summary>Committed bytes of the managed heap below which collecting would bring little.</summary>
    const long WorthGivingBack = 128L << 20;

    readonly Dictionary<string, IRunHandler> handlersByKind = ByKind(handlers);
    readonly ConcurrentDictionary<long, ActiveRun> active = [];
    readonly ConcurrentDictionary<string, int> working = [];
    readonly ConcurrentDictionary<Task, bool> tasks = [];
    readonly Channel<bool> wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    readonly ILogger logger = loggers.CreateLogger<RunWorker>();
    readonly RunClaims claims = new(database, contexts, $"{Environment.MachineName}/{Environment.ProcessId}/{Guid.NewGuid():N}");

    static Dictionary<string, IRunHandler> ByKind(IEnumerable<IRunHandler> handlers)
    {
        var byKind = new Dictionary<string, IRunHandler>();
        foreach (var handler in handlers)
            if (!byKind.TryAdd(handler.Kind, handler))
                throw new InvalidOperationException($"two handlers for runs of kind '{handler.Kind}': {byKind[handler.Kind].GetType()} and {handler.GetType()}");
        return byKind;
    }

    protected override async Task ExecuteAsync(CancellationToken stopping)
    {
        using var subscription = events.Subscribe(Hear);
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                wake.Reader.TryRead(out _); // what woke us is seen by the claims that follow
                var sleep = await TakeAllAsync(stopping);
                await SleepAsync(sleep, stopping);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                break;
            }
            catch (Exception e)
            {
                logger.LogWarning("Cannot take runs ({Error})", e.Message);
                await Task.Delay(PauseAfterError, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
        await LeaveAsync();
    }

    /// <summary>Takes runs until the queue is empty or this process is full; returns how long to sleep, null until woken.</summary>
    async Task<TimeSpan?> TakeAllAsync(CancellationToken stopping)
    {
        while (true)
        {
            var free = handlersByKind.Keys.Where(kind => working.GetValueOrDefault(kind) < options.Value.For(kind)).ToArray();
            if (free.Length == 0)
                return null;
            if (await claims.ClaimAsync(free, options.Value.Lease, stopping) is { } run)
                Start(run);
            else
                return await claims.NextDueAsync(free, stopping);
        }
    }

    void Start(Run run)
    {
        working.AddOrUpdate(run.Kind, 1, (_, count) => count + 1);
        var lease = new RunLease(database, run.Id, run.Fence);
        var handler = handlersByKind[run.Kind];
        var log = loggers.CreateLogger(handler.GetType());
        var activeRun = new ActiveRun(new RunContext(run, lease, contexts, artifacts, queue, log), lease, handler, options.Value, log);
        active[run.Id] = activeRun;
        var task = activeRun.RunAsync();
        tasks[task] = true;
        task.ContinueWith(_ =>
        {
            active.TryRemove(new(run.Id, activeRun));
            working.AddOrUpdate(run.Kind, 0, (_, count) => count - 1);
            tasks.TryRemove(task, out var _);
            wake.Writer.TryWrite(true);
            GiveBackMemory();
        }, TaskScheduler.Default);
    }

    /// <summary>Several services share a machine: what a large run took goes back to it as soon as nothing is left to do.</summary>
    void GiveBackMemory()
    {
        if (active.IsEmpty && GC.GetGCMemoryInfo().TotalCommittedBytes >= WorthGivingBack)
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Aggressive, blocking: true, compacting: true);
    }

    void Hear(RunEvent e)
    {
        if (e.Change == RunChange.Cancel && active.TryGetValue(e.RunId, out var run))
            run.Cancel();
        else if (e.Change == RunChange.Pause && active.TryGetValue(e.RunId, out var paused))
            paused.Stop();
        else if (e.Change == RunChange.Resync || (e.Change == RunChange.State && e.State == RunState.Queued && handlersByKind.ContainsKey(e.Kind)))
            wake.Writer.TryWrite(true);
    }

    async Task SleepAsync(TimeSpan? sleep, CancellationToken stopping)
    {
        using var alarm = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        if (sleep is { } due)
            alarm.CancelAfter(TimeSpan.FromTicks(Math.Clamp(due.Ticks, ShortestSleep.Ticks, TimeSpan.FromDays(1).Ticks)));
        try
        {
            await wake.Reader.WaitToReadAsync(alarm.Token);
        }
        catch (OperationCanceledException) when (!stopping.IsCancellationRequested)
        {
            // Due.
        }
    }

    /// <summary>Hands the runs back so that another worker goes on at once.</summary>
    async Task LeaveAsync()
    {
        foreach (var run in active.Values)
            run.Stop();
        await Task.WhenAll(tasks.Keys).WaitAsync(options.Value.Stop).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        using var limit = new CancellationTokenSource(options.Value.Stop);
        foreach (var (id, run) in active)
            try
            {
                await run.AbandonAsync(limit.Token);
            }
            catch (Exception e)
            {
                logger.LogWarning("Run {RunId} could not be handed back ({Error}); its lease runs out", id, e.Message);
            }
    }
}
