namespace ReasonIR.Hosting.Postgres;

/// <summary>Where a private cluster lives and how it runs.</summary>
public sealed record PostgresOptions
{
    /// <summary>Holds the cluster, its password and its lock; made where it is missing.</summary>
    public required string DataDirectory { get; init; }

    /// <summary>A loopback port; null takes a free one at each start.</summary>
    public int? Port { get; init; }

    /// <summary>False turns every safeguard against a crash of the machine off: for tests.</summary>
    public bool Durable { get; init; } = true;

    /// <summary>Server settings on top of ours, e.g. <c>shared_buffers</c>.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; init; } = new Dictionary<string, string>();

    /// <summary>Called for each line of the server's log.</summary>
    public Action<string>? OnLog { get; init; }
}
