namespace ReasonIR.Experiments.Runs;

/// <summary>How a service works on runs; section <c>Runs</c> of the configuration.</summary>
public sealed class RunWorkerOptions
{
    /// <summary>How many runs of a kind this process takes at a time where <see cref="Concurrency"/> does not say.</summary>
    public int DefaultConcurrency { get; set; } = 1;

    /// <summary>Runs at a time, by kind.</summary>
    public Dictionary<string, int> Concurrency { get; set; } = [];

    /// <summary>How long a worker that says nothing keeps its run. It speaks every third of it.</summary>
    public TimeSpan Lease { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Log lines, metric points and progress are written at this interval.</summary>
    public TimeSpan Flush { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>How long a stopping service waits for its handlers to leave before it hands their runs back over their heads.</summary>
    public TimeSpan Stop { get; set; } = TimeSpan.FromSeconds(1.5);

    internal int For(string kind) => Concurrency.TryGetValue(kind, out var count) ? count : DefaultConcurrency;
}
