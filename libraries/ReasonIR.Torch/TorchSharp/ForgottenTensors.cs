namespace TorchSharp;

/// <summary>
/// The net under tensors that nobody disposes: whenever the bytes behind tensor objects have grown by half (and 256 MB) since the last time,
/// the garbage collector runs, and the thread that makes the next tensor waits until those it found have been freed. So they cannot pile up
/// however far behind the finalizers are. <see cref="GC.AddMemoryPressure"/> gives no such promise (it collects by the clock, and does not
/// wait), and it collects again and again during a training that forgets nothing, where this stops once the largest step has been seen.
/// </summary>
static class ForgottenTensors
{
    /// <summary>Smaller tensors do not count, bytes.</summary>
    public const long SmallestBytes = 64 << 10;

    const long Slack = 256 << 20;

    static readonly Lock Gate = new();
    static long held, next = Slack;

    public static void Add(long bytes)
    {
        // Whoever finds the gate taken goes on: one collection is enough.
        if (Interlocked.Add(ref held, bytes) <= Volatile.Read(ref next) || !Gate.TryEnter())
            return;
        try
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            var left = Interlocked.Read(ref held);
            Volatile.Write(ref next, left + left / 2 + Slack);
        }
        finally
        {
            Gate.Exit();
        }
    }

    public static void Remove(long bytes) => Interlocked.Add(ref held, -bytes);
}
