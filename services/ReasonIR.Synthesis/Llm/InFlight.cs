namespace ReasonIR.Synthesis.Llm;

/// <summary>
/// What waits in batches at once, over all runs of this process: as much as its texts may take of the memory, whatever the number of requests. Thread-safe.
/// </summary>
/// <param name="room">Characters of texts, and what a request takes beside them.</param>
public sealed class InFlight(long room = InFlight.Usual)
{
    /// <summary>About 300 MB with what is made of the texts: six thousand texts of 8,000 characters, or thirty thousand short ones.</summary>
    public const long Usual = 64_000_000;

    /// <summary>What a request takes beside its text, in characters.</summary>
    const int Overhead = 2_000;

    readonly Lock gate = new();
    readonly Queue<(long Size, TaskCompletionSource Turn)> waiting = [];
    long taken;

    /// <summary>Acts on all items, as many at a time as there is room for. After the first error nothing new is begun; what is in flight is let finish, because it is paid for, and the error follows.</summary>
    /// <param name="characters">Of an item's texts.</param>
    public async Task ForEachAsync<T>(IAsyncEnumerable<T> items, Func<T, long> characters, Func<T, Task> act, CancellationToken cancellation)
    {
        Exception? first = null;
        var running = new List<Task>();
        try
        {
            await foreach (var item in items.WithCancellation(cancellation))
            {
                var size = characters(item) + Overhead;
                await TakeAsync(size, cancellation);
                running.Add(ActAsync(item, size));
                if (Volatile.Read(ref first) is not null)
                    break;
            }
        }
        finally
        {
            await Task.WhenAll(running);
        }
        cancellation.ThrowIfCancellationRequested();
        if (first is not null)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(first);

        async Task ActAsync(T item, long size)
        {
            try
            {
                if (Volatile.Read(ref first) is null)
                    await Task.Run(() => act(item), cancellation);
            }
            catch (Exception error)
            {
                Interlocked.CompareExchange(ref first, error, null);
            }
            finally
            {
                Give(size);
            }
        }
    }

    Task TakeAsync(long size, CancellationToken cancellation)
    {
        lock (gate)
        {
            if (waiting.Count == 0 && Fits(size))
            {
                taken += size;
                return Task.CompletedTask;
            }
            var turn = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            cancellation.Register(() => turn.TrySetCanceled(cancellation));
            waiting.Enqueue((size, turn));
            return turn.Task;
        }
    }

    void Give(long size)
    {
        lock (gate)
        {
            taken -= size;
            while (waiting.TryPeek(out var next) && Fits(next.Size))
                if (waiting.Dequeue().Turn.TrySetResult())
                    taken += next.Size;
        }
    }

    /// <summary>What is larger than all the room goes alone.</summary>
    bool Fits(long size) => taken == 0 || taken + size <= room;
}
