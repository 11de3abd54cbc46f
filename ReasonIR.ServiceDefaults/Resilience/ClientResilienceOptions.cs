namespace ReasonIR.ServiceDefaults.Resilience;

/// <summary>How a named HttpClient treats failures; <c>Configure&lt;ClientResilienceOptions&gt;("name", ...)</c> or <c>.WithResilience(...)</c>.</summary>
public sealed class ClientResilienceOptions
{
    /// <summary>Until the response's headers, each time; infinite turns it off.</summary>
    public TimeSpan AttemptTimeout { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>All attempts and the pauses between them; infinite turns it off.</summary>
    public TimeSpan TotalTimeout { get; set; } = TimeSpan.FromSeconds(100);

    /// <summary>After the first attempt, for requests that may be repeated; 0 turns retries off.</summary>
    public int Retries { get; set; } = 3;

    /// <summary>Before the first retry; doubles, with jitter. A longer <c>Retry-After</c> is honored.</summary>
    public TimeSpan Delay { get; set; } = TimeSpan.FromMilliseconds(200);
}
