namespace ReasonIR.Experiments.Datasets;

/// <summary>What the examples of a sealed version are like, kept so that it is found out once.</summary>
public sealed class StoredReport
{
    public long DatasetVersionId { get; init; }

    /// <summary>Of the JSON: a report of another format is made anew.</summary>
    public int Format { get; init; }

    /// <summary>JSON.</summary>
    public required string Report { get; init; }

    public DateTimeOffset CreatedAt { get; init; } = DateTimeOffset.UtcNow;
}
