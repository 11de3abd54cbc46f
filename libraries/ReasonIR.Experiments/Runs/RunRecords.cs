namespace ReasonIR.Experiments.Runs;

/// <summary>Whether a run read or made an entity.</summary>
public enum LinkDirection { Input, Output }

/// <summary>Lineage: an entity that a run read or made.</summary>
public sealed class RunLink
{
    public long RunId { get; init; }

    public LinkDirection Direction { get; init; }

    /// <summary>"corpus", "queryset", "dataset", "model", "index", "artifact", "result", "run".</summary>
    public required string EntityKind { get; init; }

    public long EntityId { get; init; }

    /// <summary>The part it played: "corpus", "base", "checkpoint", ...</summary>
    public string Name { get; init; } = "";
}

/// <summary>A point of a run's metric series; unique by (run, name, step), the last write wins.</summary>
public sealed class RunMetric
{
    public long RunId { get; init; }

    public required string Name { get; init; }

    public long Step { get; init; }

    public double Value { get; init; }

    public DateTimeOffset At { get; init; }
}

/// <summary>How grave a run's log line is.</summary>
public enum RunLogLevel { Debug, Information, Warning, Error }

/// <summary>A line of a run's log.</summary>
public sealed class RunLog
{
    public long Id { get; init; }

    public long RunId { get; init; }

    public DateTimeOffset At { get; init; }

    public RunLogLevel Level { get; init; }

    public required string Message { get; init; }
}
