using System.Text.Json;

namespace ReasonIR.Portal.Pipelines;

/// <summary>Reads rewrites as JSON: an object of query and rewrite.</summary>
static class RewritesReader
{
    /// <summary>Rewrites of a set at most.</summary>
    const int Most = 1_000_000;

    /// <exception cref="ArgumentException">It is something else; the message names the entry.</exception>
    public static async Task<IReadOnlyDictionary<string, string>> ReadAsync(Stream body, CancellationToken ct)
    {
        using var json = await ParseAsync(body, ct);
        if (json.RootElement.ValueKind != JsonValueKind.Object)
            throw new ArgumentException($"rewrites: expected a JSON object {{\"query\": \"rewrite\"}}, found {json.RootElement.ValueKind.ToString().ToLowerInvariant()}.");
        var rewrites = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (number, entry) in json.RootElement.EnumerateObject().Index())
        {
            var what = $"rewrites, entry {number + 1} ('{(entry.Name.Length <= 60 ? entry.Name : entry.Name[..60] + "…")}')";
            if (number == Most)
                throw new ArgumentException($"rewrites: expected {Most:N0} at most, found more.");
            if (string.IsNullOrWhiteSpace(entry.Name))
                throw new ArgumentException($"{what}: expected a query or its id, found nothing.");
            if (entry.Value.ValueKind != JsonValueKind.String || string.IsNullOrWhiteSpace(entry.Value.GetString()))
                throw new ArgumentException($"{what}: expected a text, found {(entry.Value.ValueKind == JsonValueKind.String ? "an empty one" : entry.Value.ValueKind.ToString().ToLowerInvariant())}.");
            if (!rewrites.TryAdd(entry.Name, entry.Value.GetString()!))
                throw new ArgumentException($"{what}: it stands twice; expected once.");
        }
        return rewrites.Count > 0 ? rewrites : throw new ArgumentException("rewrites: expected one at least, found none.");
    }

    static async Task<JsonDocument> ParseAsync(Stream body, CancellationToken ct)
    {
        try
        {
            return await JsonDocument.ParseAsync(body, cancellationToken: ct);
        }
        catch (JsonException e)
        {
            throw new ArgumentException($"rewrites: {e.Message}", e);
        }
    }
}
