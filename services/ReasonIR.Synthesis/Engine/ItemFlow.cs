using System.Threading.Channels;

namespace ReasonIR.Synthesis.Engine;

/// <summary>
/// Works on items with so many in flight, in any order, and keeps what comes of each as soon as it is there. Bounded at both ends: items
/// are taken a few ahead, and where keeping lags, work waits. After the first error or a stop nothing new is begun; what is in flight is
/// let finish and kept, because it is paid for, and the error follows.
/// </summary>
/// <param name="inFlight">Items worked on at once.</param>
sealed class ItemFlow<TItem, TDone>(int inFlight) where TDone : class
{
    /// <summary>Finished items that are kept in one write.</summary>
    const int LargestWrite = 64;

    /// <summary>The pause after a write that was not full, so that the next holds several: what is paid for is kept apart, and before.</summary>
    static readonly TimeSpan Apart = TimeSpan.FromMilliseconds(50);

    readonly Channel<TItem> taken = Channel.CreateBounded<TItem>(1);
    readonly Channel<TDone> done = Channel.CreateBounded<TDone>(2 * inFlight);
    Exception? first;

    /// <param name="take">Some more items, at most as many as asked for; none: there are no more.</param>
    /// <param name="work">What comes of an item; null: it was not made, and is not kept.</param>
    /// <param name="keep">Keeps what is finished.</param>
    /// <param name="stop">Asked before each item: true ends the flow once those in flight are done.</param>
    public async Task RunAsync(
        Func<int, CancellationToken, Task<IReadOnlyList<TItem>>> take, Func<TItem, CancellationToken, Task<TDone?>> work, Func<IReadOnlyList<TDone>, CancellationToken, Task> keep,
        Func<bool> stop, CancellationToken cancellation)
    {
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        bool Halt() => Volatile.Read(ref first) is not null || stop();
        var taking = TakeAsync(take, Halt, leave.Token);
        var working = Task.WhenAll(Enumerable.Range(0, inFlight).Select(_ => WorkAsync(work, Halt, leave.Token)))
            .ContinueWith(_ => done.Writer.Complete(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        try
        {
            await KeepAsync(keep, leave.Token);
        }
        catch (Exception error)
        {
            Fail(error);
            await leave.CancelAsync();
        }
        await Task.WhenAll(taking, working);
        cancellation.ThrowIfCancellationRequested();
        if (first is { } failure)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(failure);
    }

    void Fail(Exception error) => Interlocked.CompareExchange(ref first, error, null);

    async Task TakeAsync(Func<int, CancellationToken, Task<IReadOnlyList<TItem>>> take, Func<bool> halt, CancellationToken cancellation)
    {
        try
        {
            // A few at a time: what one worker has taken, another that has nothing to do cannot take.
            for (var some = Math.Min(16, inFlight / 4 + 1); !halt() && await take(some, cancellation) is { Count: > 0 } items;)
                foreach (var item in items)
                    await taken.Writer.WriteAsync(item, cancellation);
        }
        catch (Exception error)
        {
            Fail(error);
        }
        taken.Writer.Complete();
    }

    async Task WorkAsync(Func<TItem, CancellationToken, Task<TDone?>> work, Func<bool> halt, CancellationToken cancellation)
    {
        try
        {
            await foreach (var item in taken.Reader.ReadAllAsync(cancellation))
                if (!halt() && await Task.Run(() => work(item, cancellation), cancellation) is { } result)
                    await done.Writer.WriteAsync(result, cancellation);
        }
        catch (Exception error)
        {
            Fail(error);
            // The one that takes must not wait for ever for somebody to take from it.
            await foreach (var _ in taken.Reader.ReadAllAsync(CancellationToken.None))
            {
            }
        }
    }

    async Task KeepAsync(Func<IReadOnlyList<TDone>, CancellationToken, Task> keep, CancellationToken cancellation)
    {
        while (await done.Reader.WaitToReadAsync(cancellation))
        {
            var ready = new List<TDone>();
            while (ready.Count < LargestWrite && done.Reader.TryRead(out var result))
                ready.Add(result);
            await keep(ready, cancellation);
            if (ready.Count < LargestWrite)
                await Task.WhenAny(done.Reader.Completion, Task.Delay(Apart, cancellation));
        }
    }
}
