using ReasonIR.Language.Chat;

namespace ReasonIR.Language.Batches;

/// <summary>A batch is looked after by one process at a time.</summary>
sealed class BatchLease(IBatchStore store, ChatSettings settings, TimeProvider time)
{
    static readonly TimeSpan Shortest = TimeSpan.FromSeconds(2);

    /// <summary>A process that is silent for this long has died.</summary>
    public TimeSpan Length => settings.BatchPoll * 4 > Shortest ? settings.BatchPoll * 4 : Shortest;

    /// <summary>Keeps the lease while something takes its time.</summary>
    public async Task KeepAsync(OpenBatch batch, string state, Func<Task> act, CancellationToken cancellation)
    {
        using var done = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var keeping = RenewAsync();
        try
        {
            await act();
        }
        finally
        {
            await done.CancelAsync();
            await keeping.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        async Task RenewAsync()
        {
            while (true)
            {
                await Task.Delay(Length / 4, time, done.Token);
                // Never broken off when the work is done: the end of the lease would be written and not known here.
                await store.RenewAsync(batch.Id, state, Length, cancellation);
            }
        }
    }
}
