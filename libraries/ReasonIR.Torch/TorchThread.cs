using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;

namespace ReasonIR.Torch;

/// <summary>
/// One thread of the process for inference. OpenMP keeps a team of worker threads for every thread that calls it, and gradient mode
/// and dispose scopes belong to a thread, so work from a thread pool is brought here; pieces from several callers take turns.
/// </summary>
public static class TorchThread
{
    static readonly BlockingCollection<Action> Queue = [];
    static readonly Lazy<Thread> Worker = new(Start);

    /// <summary>Runs on the thread and waits; from the thread itself it runs at once. Exceptions come back as they are.</summary>
    public static T Run<T>(Func<T> work)
    {
        if (Thread.CurrentThread == Worker.Value)
            return work();
        T result = default!;
        ExceptionDispatchInfo? error = null;
        using var done = new ManualResetEventSlim();
        Queue.Add(() =>
        {
            try
            {
                result = work();
            }
            catch (Exception e)
            {
                error = ExceptionDispatchInfo.Capture(e);
            }
            finally
            {
                done.Set();
            }
        });
        done.Wait();
        error?.Throw();
        return result;
    }

    public static void Run(Action work) => Run(() =>
    {
        work();
        return 0;
    });

    static Thread Start()
    {
        var thread = new Thread(() =>
        {
            foreach (var work in Queue.GetConsumingEnumerable())
                work();
        })
        { IsBackground = true, Name = "libtorch" };
        thread.Start();
        return thread;
    }
}
