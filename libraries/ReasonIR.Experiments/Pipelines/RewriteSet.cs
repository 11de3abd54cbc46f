namespace ReasonIR.Experiments.Pipelines;

/// <summary>Imported rewrites of queries; unique by name.</summary>
public sealed class RewriteSet
{
    public long Id { get; init; }

    public required string Name { get; init; }

    /// <summary>Hex SHA-256 over keys and texts.</summary>
    public required string ContentHash { get; init; }

    public int RewriteCount { get; init; }

    public DateTimeOffset CreatedAt { get; init; } = DateTimeOffset.UtcNow;
}

/// <summary>A rewrite of one query; unique by (set, key).</summary>
public sealed class Rewrite
{
    public long RewriteSetId { get; init; }

    /// <summary>SHA-256 of the key: texts are too long for an index.</summary>
    public required byte[] KeyHash { get; init; }

    /// <summary>The query's id, or its text with white space made single.</summary>
    public required string Key { get; init; }

    public required string Text { get; init; }
}
