namespace ReasonIR.Hosting.Processes;

/// <summary>The last lines of an output. Thread-safe.</summary>
public sealed class LogTail(int capacity)
{
    readonly Queue<string> lines = new(capacity);

    public void Add(string line)
    {
        lock (lines)
        {
            if (lines.Count == capacity)
                lines.Dequeue();
            lines.Enqueue(line);
        }
    }

    public IReadOnlyList<string> Snapshot()
    {
        lock (lines)
            return [.. lines];
    }

    public override string ToString() => string.Join('\n', Snapshot());
}
