namespace ReasonIR.Encoder.Batching;

/// <summary>There is no room now; there will be.</summary>
/// <param name="message">What is full.</param>
/// <param name="retryAfter">When to ask again.</param>
public sealed class OverloadedException(string message, TimeSpan retryAfter) : Exception(message)
{
    /// <summary>When to ask again.</summary>
    public TimeSpan RetryAfter { get; } = retryAfter;
}
