namespace ReasonIR.Experiments.Pipelines;

/// <summary>A version of a query-time pipeline; unique by (name, version). It never changes.</summary>
public sealed class Pipeline
{
    public long Id { get; init; }

    public required string Name { get; init; }

    /// <summary>From 1.</summary>
    public int Version { get; init; }

    /// <summary>The pipeline as a JSON object.</summary>
    public required string Spec { get; init; }

    /// <summary>Hex SHA-256 of what it does.</summary>
    public required string ContentHash { get; init; }

    public DateTimeOffset CreatedAt { get; init; } = DateTimeOffset.UtcNow;
}
