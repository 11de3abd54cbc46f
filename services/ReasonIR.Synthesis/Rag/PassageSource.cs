using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Search;

namespace ReasonIR.Synthesis.Rag;

/// <summary>Finds the passages of an arm: none, those of the Search service, or those of another search engine.</summary>
public sealed class PassageSource(SearchClient search, IHttpClientFactory clients)
{
    /// <summary>The client of other search engines, under which its timeouts are configured.</summary>
    public const string Client = "external-search";

    /// <summary>An answer's bytes at most.</summary>
    const int MostBytes = 16 << 20;

    /// <summary>What the result says of where passages came from; null: closed book.</summary>
    public static string? Datastore(RagArm arm) => arm.External is { } external ? $"{external.Datastore} ({external.Url})"
        : arm.Corpus is null ? null : $"{arm.Corpus}, {System(arm).Pipeline ?? System(arm).Name}{(System(arm).Model is { } model ? $" {model}" : "")}";

    public async Task<IReadOnlyList<string>> FindAsync(RagArm arm, string question, CancellationToken cancellation)
    {
        if (arm.External is { } external)
            return await AskAsync(external, question, arm.Passages, cancellation);
        if (arm.Corpus is null)
            return [];
        var found = await search.SearchAsync(new(arm.Corpus, question, System(arm), arm.Passages), cancellation);
        return [.. found.Hits.Select(hit => hit.Title.Length == 0 ? hit.Text : $"{hit.Title}\n{hit.Text}")];
    }

    static SystemSpec System(RagArm arm) => arm.System ?? new("bm25", "bm25");

    async Task<IReadOnlyList<string>> AskAsync(ExternalSearch external, string question, int count, CancellationToken cancellation)
    {
        var body = new JsonObject { [external.QueryField] = question };
        if (external.CountField is { Length: > 0 } field)
            body[field] = count;
        using var http = clients.CreateClient(Client);
        http.MaxResponseContentBufferSize = MostBytes;
        using var content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        using var response = await http.PostAsync(external.Url, content, cancellation);
        if (!response.IsSuccessStatusCode)
            throw new HttpRequestException($"{external.Url} answered {(int)response.StatusCode}.", null, response.StatusCode);
        try
        {
            using var json = JsonDocument.Parse(await response.Content.ReadAsByteArrayAsync(cancellation));
            var list = At(json.RootElement, external.Results);
            if (list.ValueKind != JsonValueKind.Array)
                throw new InvalidDataException($"{external.Url}: expected a list at '{external.Results}', found {list.ValueKind.ToString().ToLowerInvariant()}.");
            return [.. list.EnumerateArray().Take(count).Select((item, i) => At(item, external.Text) is { ValueKind: JsonValueKind.String } text ? text.GetString()!
                : throw new InvalidDataException(string.Create(CultureInfo.InvariantCulture, $"{external.Url}: expected a text at '{external.Text}' of result {i}, found none.")))];
        }
        catch (JsonException e)
        {
            throw new InvalidDataException($"{external.Url}: expected JSON: {e.Message}", e);
        }
    }

    static JsonElement At(JsonElement value, string path)
    {
        foreach (var name in path.Split('.', StringSplitOptions.RemoveEmptyEntries))
            if (value.ValueKind != JsonValueKind.Object || !value.TryGetProperty(name, out value))
                return default;
        return value;
    }
}
