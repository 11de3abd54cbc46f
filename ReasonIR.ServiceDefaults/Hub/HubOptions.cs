namespace ReasonIR.ServiceDefaults.Hub;

/// <summary>How the model hub is reached. Services bind the section <c>Hub</c> and the variables <c>HF_ENDPOINT</c> and <c>HF_TOKEN</c>.</summary>
public sealed class HubOptions
{
    /// <summary>The hub's address or a mirror's, e.g. <c>http://mirror.example:8080</c>. There is no default: this program names no host of its own.</summary>
    public string? Endpoint { get; set; }

    /// <summary>Sent to <see cref="Endpoint"/> alone; never to where it redirects, and never written anywhere.</summary>
    public string? Token { get; set; }

    /// <summary>All files of one pull together, bytes.</summary>
    public long MaxBytes { get; set; } = 512L << 30;

    /// <summary>Space that stays free on the disk, bytes.</summary>
    public long KeepFreeBytes { get; set; } = 1L << 30;

    /// <summary>Failures in a row, without a byte between them, before a download gives up.</summary>
    public int Attempts { get; set; } = 6;

    /// <summary>Before the second attempt; doubles with each failure. The server's <c>Retry-After</c> goes before.</summary>
    public TimeSpan FirstPause { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>No pause is longer, whatever the server says.</summary>
    public TimeSpan LongestPause { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>A connection that is silent for so long is given up.</summary>
    public TimeSpan Stall { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>Takes <c>HF_ENDPOINT</c> and <c>HF_TOKEN</c> where they are set.</summary>
    /// <param name="setting">A setting's value by its name, e.g. a configuration's indexer.</param>
    public HubOptions Read(Func<string, string?> setting)
    {
        (Endpoint, Token) = (setting("HF_ENDPOINT") ?? Endpoint, setting("HF_TOKEN") ?? Token);
        return this;
    }

    /// <summary>The address, checked.</summary>
    /// <exception cref="InvalidOperationException">It is not set, or is no address; the message names the setting.</exception>
    public Uri RequireEndpoint()
    {
        if (string.IsNullOrWhiteSpace(Endpoint))
            throw new InvalidOperationException("HF_ENDPOINT is not set: it names the address of the model hub or of a mirror (https://HOST); nothing is downloaded without it.");
        return Uri.TryCreate(Endpoint.Trim().TrimEnd('/') + "/", UriKind.Absolute, out var address) && address.Scheme is "http" or "https" && address.Query.Length == 0
            ? address
            : throw new InvalidOperationException($"HF_ENDPOINT is '{Endpoint}': an address such as https://HOST was expected.");
    }
}
