using ReasonIR.Language.Chat;

namespace ReasonIR.Language.Batches;

/// <summary>Requests that wait to be put into a file: until one is full, or none has come for a while. Thread-safe.</summary>
sealed class BatchGathering(ChatSettings settings, TimeProvider time)
{
    /// <summary>A steady trickle is sent after so many times the wait.</summary>
    const int LongestWait = 6;

    readonly Lock gate = new();
    readonly Dictionary<string, BatchWaiter> waiters = [];
    long lastArrival, firstArrival, bytes;

    public void Add(BatchWaiter waiter)
    {
        lock (gate)
        {
            waiters[waiter.Hash] = waiter;
            bytes += Bytes(waiter);
            lastArrival = time.GetTimestamp();
            if (waiters.Count == 1)
                firstArrival = lastArrival;
        }
    }

    public IReadOnlyList<BatchWaiter> All
    {
        get { lock (gate) return [.. waiters.Values]; }
    }

    public bool IsDue
    {
        get { lock (gate) return waiters.Count > 0 && (waiters.Count >= settings.BatchMaxRequests || bytes >= settings.BatchMaxBytes || IsLate); }
    }

    /// <summary>Those that go out now; while more are coming, only whole files do. Those whose caller left are forgotten.</summary>
    public IReadOnlyList<BatchWaiter> Take()
    {
        lock (gate)
        {
            foreach (var gone in waiters.Values.Where(waiter => waiter.IsGone).ToList())
                waiters.Remove(gone.Hash);
            var count = IsLate || waiters.Count < settings.BatchMaxRequests ? waiters.Count : waiters.Count / settings.BatchMaxRequests * settings.BatchMaxRequests;
            List<BatchWaiter> taken = [.. waiters.Values.Take(count)];
            foreach (var waiter in taken)
                waiters.Remove(waiter.Hash);
            bytes = waiters.Values.Sum(Bytes);
            firstArrival = time.GetTimestamp();
            return taken;
        }
    }

    /// <summary>The next of the requests that fit into one file.</summary>
    /// <param name="at">The first of them; moved behind the last.</param>
    public List<BatchWaiter> Cut(IReadOnlyList<BatchWaiter> all, ref int at, Func<BatchWaiter, byte[]> line, MemoryStream file)
    {
        var fitting = new List<BatchWaiter>();
        while (at < all.Count && fitting.Count < settings.BatchMaxRequests)
        {
            var text = line(all[at]);
            if (fitting.Count > 0 && file.Length + text.Length > settings.BatchMaxBytes)
                break;
            file.Write(text);
            fitting.Add(all[at++]);
        }
        return fitting;
    }

    bool IsLate => time.GetElapsedTime(lastArrival) >= settings.BatchWait || time.GetElapsedTime(firstArrival) >= settings.BatchWait * LongestWait;

    /// <summary>About what it takes in a file.</summary>
    static long Bytes(BatchWaiter waiter) => waiter.Request.Turns.Sum(turn => (long)turn.Text.Length) + 500;
}
