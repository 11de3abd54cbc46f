namespace ReasonIR.Hosting.Processes;

/// <summary>What to start, as whom, and where its output goes.</summary>
public sealed record ChildProcessOptions(string FileName)
{
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>Set on top of the host's own environment; null removes a variable.</summary>
    public IReadOnlyDictionary<string, string?> Environment { get; init; } = new Dictionary<string, string?>();

    public string? WorkingDirectory { get; init; }

    /// <summary>Another user to run as; only root may.</summary>
    public SystemUser? User { get; init; }

    /// <summary>The signal the kernel sends when the host dies, even by <c>kill -9</c>.</summary>
    public string DeathSignal { get; init; } = "KILL";

    /// <summary>Called for each line of output (true: standard error), never concurrently for one stream.</summary>
    public Action<string, bool>? OnLine { get; init; }
}
