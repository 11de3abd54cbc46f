using System.Runtime.CompilerServices;
using System.Threading.Channels;

namespace ReasonIR.Synthesis.Llm;

/// <summary>
/// Works on items with so many in flight and hands out what comes of them in the items' order. After the first error nothing new is
/// begun; what is in flight is let finish, because it is paid for, and the error follows the results before it.
/// </summary>
sealed class OrderedFlow<T>(int inFlight, Func<int, CancellationToken, Task<T>> work)
{
    /// <summary>Finished items that may wait for a slow one before them, for each in flight.</summary>
    const int Window = 16;

    const int LargestBatch = 64;

    /// <param name="stop">Asked before each item: true ends the flow once those in flight are done.</param>
    /// <returns>The results in batches of what is ready.</returns>
    public async IAsyncEnumerable<IReadOnlyList<T>> RunAsync(IReadOnlyList<int> items, Func<bool> stop, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        var begun = Channel.CreateBounded<Task<T>>(inFlight * Window);
        var failed = false;
        var beginning = BeginAsync(items, begun.Writer, () => Volatile.Read(ref failed) || stop(), () => Volatile.Write(ref failed, true), leave.Token);
        try
        {
            while (await begun.Reader.WaitToReadAsync(cancellation))
            {
                var ready = new List<T>();
                Exception? error = null;
                // The first is waited for, the others are taken if they are done.
                while (ready.Count < LargestBatch && begun.Reader.TryPeek(out var task) && (ready.Count == 0 || task.IsCompleted))
                {
                    begun.Reader.TryRead(out _);
                    await EndAsync(task, cancellation);
                    cancellation.ThrowIfCancellationRequested();
                    if (!task.IsCompletedSuccessfully)
                    {
                        error = task.Exception?.InnerException ?? new OperationCanceledException();
                        break;
                    }
                    ready.Add(task.Result);
                }
                if (ready.Count > 0)
                    yield return ready;
                if (error is not null)
                {
                    await foreach (var task in begun.Reader.ReadAllAsync(cancellation))
                        await EndAsync(task, cancellation);
                    throw error;
                }
            }
            await beginning;
        }
        finally
        {
            await leave.CancelAsync();
            await beginning.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            while (begun.Reader.TryRead(out var task))
                await EndAsync(task, CancellationToken.None);
        }
    }

    static async Task EndAsync(Task task, CancellationToken cancellation) =>
        await task.WaitAsync(cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    async Task BeginAsync(IReadOnlyList<int> items, ChannelWriter<Task<T>> begun, Func<bool> stop, Action fail, CancellationToken cancellation)
    {
        using var slots = new SemaphoreSlim(inFlight);
        var running = new List<Task>();
        try
        {
            foreach (var item in items)
            {
                await slots.WaitAsync(cancellation);
                if (stop())
                    break;
                var task = OneAsync(item);
                running.RemoveAll(one => one.IsCompleted);
                running.Add(task);
                await begun.WriteAsync(task, cancellation);
            }
            begun.Complete();
        }
        catch (Exception error)
        {
            begun.Complete(error);
        }
        // The slots live until the last of them is given back.
        await Task.WhenAll(running).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

        async Task<T> OneAsync(int item)
        {
            try
            {
                await Task.Yield();
                return await work(item, cancellation);
            }
            catch
            {
                fail();
                throw;
            }
            finally
            {
                slots.Release();
            }
        }
    }
}
