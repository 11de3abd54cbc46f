namespace ReasonIR.Retrieval.Qdrant;

/// <summary>Where a Qdrant server's REST interface is, and the key it asks for.</summary>
public sealed record QdrantEndpoint(Uri Address, string? Key = null)
{
    /// <summary>Reads Aspire's form <c>Endpoint=http://host:6333;Key=...</c>, or an address alone.</summary>
    /// <exception cref="ArgumentException">Neither; the message does not repeat the text, which may hold a key.</exception>
    public static QdrantEndpoint Parse(string text)
    {
        string? address = null, key = null;
        foreach (var part in text.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            if (part.StartsWith("Endpoint=", StringComparison.OrdinalIgnoreCase))
                address = part[9..];
            else if (part.StartsWith("Key=", StringComparison.OrdinalIgnoreCase))
                key = part[4..];
            else
                address ??= part;
        return Uri.TryCreate(address, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
            ? new(uri!, string.IsNullOrEmpty(key) ? null : key)
            : throw new ArgumentException("a Qdrant server: expected 'Endpoint=http://HOST:PORT;Key=KEY' or an http address");
    }
}
