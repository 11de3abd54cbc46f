using System.Diagnostics;
using Microsoft.Extensions.Logging;

namespace ReasonIR.Experiments.Runs;

/// <summary>One taken run: its handler, and beside it the loops that renew the lease and write the series.</summary>
sealed class ActiveRun(RunContext context, RunLease lease, IRunHandler handler, RunWorkerOptions options, ILogger logger)
{
    enum Leaving { No, Canceled, Stopping, Lost }

    /// <summary>First pause before a run is tried again after an error that may pass; it doubles with each attempt.</summary>
    static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);

    readonly CancellationTokenSource handlerToken = new();
    readonly CancellationTokenSource ended = new();
    int leaving;
    bool errorIsTold;

    public void Cancel() => Leave(Leaving.Canceled);

    public void Stop() => Leave(Leaving.Stopping);

    // The first reason stands, except that a lost lease overrules all: then nothing may be written.
    void Leave(Leaving reason)
    {
        if (reason == Leaving.Lost)
            Volatile.Write(ref leaving, (int)reason);
        else if (Interlocked.CompareExchange(ref leaving, (int)reason, (int)Leaving.No) != (int)Leaving.No)
            return;
        handlerToken.CancelAsync().ContinueWith(
            canceled => logger.LogError(canceled.Exception, "A cancellation callback failed"), TaskContinuationOptions.OnlyOnFaulted);
    }

    /// <summary>Runs to the end, whatever it is; does not throw.</summary>
    public async Task RunAsync()
    {
        using var scope = logger.BeginScope(new Dictionary<string, object> { ["RunId"] = context.RunId, ["RunKind"] = context.Run.Kind });
        logger.LogInformation("Run {RunId} ({RunKind}, attempt {Attempt}) starts", context.RunId, context.Run.Kind, context.Run.Attempts);
        if (context.Run.CancelRequested)
            Cancel();
        else if (context.Run.Paused)
            Stop();
        // Apart, because a write of the series that has to wait must not keep the lease from being renewed.
        var beside = Task.WhenAll(UntilEndedAsync(RenewAsync, ended.Token), UntilEndedAsync(WriteSeriesAsync, ended.Token));
        Exception? error = null;
        try
        {
            await Task.Run(() => handler.RunAsync(context, handlerToken.Token));
        }
        catch (Exception e)
        {
            error = e;
        }
        try
        {
            await UntilLeaseEndsAsync(cancellation => EndAsync(error, cancellation));
        }
        catch (LeaseLostException)
        {
            logger.LogWarning("Run {RunId}: the lease was lost; another worker has it or it has ended", context.RunId);
        }
        catch (Exception e)
        {
            logger.LogError(e, "Run {RunId}: its end could not be written; it is taken again when its lease runs out", context.RunId);
        }
        await ended.CancelAsync();
        await beside;
    }

    async Task EndAsync(Exception? error, CancellationToken cancellation)
    {
        var reason = (Leaving)Volatile.Read(ref leaving);
        if (reason == Leaving.Lost || error is LeaseLostException)
            throw new LeaseLostException(context.RunId, context.Run.Fence);
        if (error is not null && reason == Leaving.No && !errorIsTold)
        {
            errorIsTold = true; // the end may be written several times over, until it is there
            await context.LogAsync(RunLogLevel.Error, error.ToString());
        }
        await context.FlushAsync(cancellation);
        if (error is null)
            await lease.EndAsync(RunState.Succeeded, null, cancellation);
        else if (reason == Leaving.Canceled)
            await lease.EndAsync(RunState.Canceled, null, cancellation);
        else if (reason == Leaving.Stopping)
            await lease.ReleaseAsync(cancellation);
        else if (RunFailure.IsTransient(error) && context.Run.Attempts < context.Run.MaxAttempts)
            await lease.RetryAsync(FirstPause * Math.Pow(2, context.Run.Attempts - 1), error.Message, cancellation);
        else
            await lease.EndAsync(RunState.Failed, error.Message, cancellation);
        logger.LogInformation("Run {RunId} ends: {Outcome}", context.RunId, error is null ? "succeeded" : reason == Leaving.No ? error.Message : reason);
    }

    /// <summary>Hands the run back while its handler still runs; whatever the handler writes from now on is refused.</summary>
    public async Task AbandonAsync(CancellationToken cancellation)
    {
        try
        {
            await lease.ReleaseAsync(cancellation);
        }
        catch (LeaseLostException)
        {
            // It ended in the meantime.
        }
        Leave(Leaving.Lost);
    }

    // The database may be away for a moment; as long as nobody else can have the run, its end is worth another try.
    async Task UntilLeaseEndsAsync(Func<CancellationToken, Task> write)
    {
        var since = Stopwatch.StartNew();
        while (true)
            try
            {
                await write(CancellationToken.None);
                return;
            }
            catch (Exception e) when (RunFailure.IsTransient(e) && since.Elapsed < options.Lease)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(200));
            }
    }

    /// <summary>Works in a loop beside the handler, until the run has ended or the lease is lost.</summary>
    async Task UntilEndedAsync(Func<CancellationToken, Task> work, CancellationToken cancellation)
    {
        try
        {
            await work(cancellation);
        }
        catch (LeaseLostException)
        {
            Leave(Leaving.Lost);
        }
        catch (OperationCanceledException)
        {
            // The run has ended.
        }
    }

    TimeSpan Step => options.Flush < options.Lease / 3 ? options.Flush : options.Lease / 3;

    async Task RenewAsync(CancellationToken cancellation)
    {
        var renewed = Stopwatch.StartNew(); // from before the renewal was sent: never later than the row says
        while (true)
        {
            await Task.Delay(Step, cancellation);
            if (renewed.Elapsed >= options.Lease / 3)
                await TryAsync(async () =>
                {
                    var sent = Stopwatch.StartNew();
                    var (cancel, pause) = await lease.RenewAsync(options.Lease, cancellation);
                    if (cancel)
                        Cancel();
                    else if (pause)
                        Stop();
                    renewed = sent;
                });
            if (renewed.Elapsed >= options.Lease)
                throw new LeaseLostException(context.RunId, context.Run.Fence);
        }
    }

    async Task WriteSeriesAsync(CancellationToken cancellation)
    {
        while (true)
        {
            await Task.Delay(Step, cancellation);
            await TryAsync(() => context.FlushAsync(cancellation));
        }
    }

    async Task TryAsync(Func<Task> write)
    {
        try
        {
            await write();
        }
        catch (Exception e) when (e is not (LeaseLostException or OperationCanceledException))
        {
            logger.LogWarning("Run {RunId}: cannot reach the database ({Error})", context.RunId, e.Message);
        }
    }
}
