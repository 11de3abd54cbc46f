namespace ReasonIR.Experiments.Language;

/// <summary>The most that a request under way can cost, for the cap of the day.</summary>
public sealed class LlmHold
{
    public long Id { get; init; }

    public decimal Amount { get; init; }

    public DateTimeOffset ExpiresAt { get; init; }
}
