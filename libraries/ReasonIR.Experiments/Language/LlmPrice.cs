namespace ReasonIR.Experiments.Language;

/// <summary>What a model's tokens cost from a day on (UTC), a million of them.</summary>
public sealed class LlmPrice
{
    public long Id { get; init; }

    public required string Model { get; init; }

    public required DateOnly ValidFrom { get; init; }

    public decimal Input { get; set; }

    public decimal Output { get; set; }

    /// <summary>Input that the server had in its own cache; null: as other input.</summary>
    public decimal? CachedInput { get; set; }

    public string Note { get; set; } = "";

    public DateTimeOffset CreatedAt { get; init; } = DateTimeOffset.UtcNow;
}
