namespace ReasonIR.Experiments.Synthesis;

/// <summary>A piece of a synthesis run that is made by itself: a seed document's examples, or one of varied length.</summary>
public sealed class SynthesisItem
{
    public long RunId { get; init; }

    /// <summary>0, 1, 2, ... within the run: the order of the examples in the dataset.</summary>
    public int Item { get; init; }

    /// <summary>The seed document; null for an item without one.</summary>
    public long? DocumentId { get; init; }

    /// <summary>The run of the worker that took it; null while it is free.</summary>
    public long? PartId { get; init; }

    /// <summary>Null while it is not done.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>JSON: what was made.</summary>
    public string? Examples { get; init; }

    /// <summary>JSON: what the run's report counts.</summary>
    public string? Facts { get; init; }
}
