using System.Collections.Concurrent;

namespace ReasonIR.Hosting.Processes;

/// <summary>
/// The one thread that starts every child. <c>--pdeathsig</c> follows the thread that forked, not the process: a child
/// started from a pool thread is killed when the pool retires that thread. This one lives as long as the process.
/// </summary>
static class ChildThread
{
    static readonly BlockingCollection<Action> Work = Start();

    public static Task<T> RunAsync<T>(Func<T> start)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Work.Add(() =>
        {
            try
            {
                done.SetResult(start());
            }
            catch (Exception error)
            {
                done.SetException(error);
            }
        });
        return done.Task;
    }

    static BlockingCollection<Action> Start()
    {
        var work = new BlockingCollection<Action>();
        new Thread(() =>
        {
            foreach (var action in work.GetConsumingEnumerable())
                action();
        })
        { IsBackground = true, Name = "reasonir-children" }.Start();
        return work;
    }
}
