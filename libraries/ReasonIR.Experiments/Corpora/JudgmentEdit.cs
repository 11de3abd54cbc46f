namespace ReasonIR.Experiments.Corpora;

/// <summary>One change of a judgment by a person; rows are added, never changed.</summary>
public sealed class JudgmentEdit
{
    public long Id { get; init; }

    public long QuerySetId { get; init; }

    /// <summary>The version of the query set that it made.</summary>
    public int Version { get; init; }

    public required string QueryExternalId { get; init; }

    public required string DocumentExternalId { get; init; }

    /// <summary>Before; null: not judged.</summary>
    public int? OldGrade { get; init; }

    /// <summary>After; null: the judgment was withdrawn.</summary>
    public int? NewGrade { get; init; }

    /// <summary>Who, as they named themselves.</summary>
    public required string Author { get; init; }

    public string Note { get; init; } = "";

    public DateTimeOffset At { get; init; } = DateTimeOffset.UtcNow;
}
