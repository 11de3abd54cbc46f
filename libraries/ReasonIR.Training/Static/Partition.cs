namespace ReasonIR.Training.Static;

/// <summary>Spreads independent items over threads in chunks. Which thread takes which chunk changes from run to run; what a chunk computes does not.</summary>
static class Partition
{
    /// <param name="count">Number of items.</param>
    /// <param name="threads">Threads at most.</param>
    /// <param name="smallest">Items of a chunk at least.</param>
    /// <param name="body">Works on the items from the first number to below the second.</param>
    public static void Run(int count, int threads, int smallest, Action<int, int> body)
    {
        // Several chunks a thread, so that a thread that the machine slows down does not hold up the others.
        var chunks = Math.Min(threads * 8, count / Math.Max(smallest, 1));
        if (threads <= 1 || chunks <= 1)
        {
            if (count > 0)
                body(0, count);
            return;
        }
        Parallel.For(0, chunks, new ParallelOptions { MaxDegreeOfParallelism = threads },
            chunk => body((int)((long)count * chunk / chunks), (int)((long)count * (chunk + 1) / chunks)));
    }
}
