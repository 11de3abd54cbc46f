using System.Runtime.CompilerServices;
using System.Text.Json;

namespace ReasonIR.Retrieval.Collections;

/// <summary>One JSON object of a file of JSON lines, with errors that name the line and the field.</summary>
readonly struct JsonLine
{
    /// <summary>What BRIGHT writes for "none".</summary>
    const string None = "N/A";

    readonly LineReader reader;
    readonly JsonElement item;
    readonly CollectionLimits limits;

    JsonLine(LineReader reader, JsonElement item, CollectionLimits limits) =>
        (this.reader, this.item, this.limits) = (reader, item, limits);

    /// <summary>From 1.</summary>
    public long Number => reader.Number;

    /// <summary>Maps each object of a stream.</summary>
    public static async IAsyncEnumerable<T> ReadAsync<T>(
        Stream stream, string name, CollectionLimits? limits, Func<JsonLine, T> map, [EnumeratorCancellation] CancellationToken cancellation)
    {
        limits ??= CollectionLimits.Default;
        await using var reader = new LineReader(stream, name, limits);
        while (await reader.NextAsync(cancellation))
        {
            JsonDocument document;
            try
            {
                document = JsonDocument.Parse(reader.Line);
            }
            catch (JsonException e)
            {
                throw reader.Wrong($"expected a JSON object: {e.Message}", inner: e);
            }
            T mapped;
            using (document)
            {
                if (document.RootElement.ValueKind != JsonValueKind.Object)
                    throw reader.Wrong($"expected a JSON object, found {Describe(document.RootElement)}.");
                mapped = map(new(reader, document.RootElement, limits));
            }
            yield return mapped;
        }
    }

    /// <summary>The fields in their order.</summary>
    public IEnumerable<string> Fields => item.EnumerateObject().Select(property => property.Name);

    public bool Has(string field) => item.TryGetProperty(field, out _);

    /// <summary>A field's value; null where it is absent or null.</summary>
    public JsonElement? Optional(string field) => item.TryGetProperty(field, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    public CollectionFormatException Wrong(string problem, string? field = null) => reader.Wrong(problem, field);

    /// <summary>An id: a string that is not empty, or an integer as it is written.</summary>
    public string Id(string field) => IdOf(field, Required(field));

    public string Text(string field) => TextOf(field, Required(field));

    /// <summary>A finite number.</summary>
    public double NumberOf(string field, JsonElement value) =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number) && double.IsFinite(number) ? number
            : throw reader.Wrong($"expected a number, found {Describe(value)}.", field);

    /// <summary>A text, or empty where the field is absent or null.</summary>
    public string OptionalText(string field) =>
        item.TryGetProperty(field, out var value) && value.ValueKind != JsonValueKind.Null ? TextOf(field, value) : "";

    /// <summary>Ids in an array; none where the field is absent or null, and "N/A" stands for none.</summary>
    public IReadOnlyList<string> OptionalIds(string field)
    {
        if (!item.TryGetProperty(field, out var value) || value.ValueKind == JsonValueKind.Null)
            return [];
        if (value.ValueKind == JsonValueKind.String && value.ValueEquals(None))
            return [];
        if (value.ValueKind != JsonValueKind.Array)
            throw reader.Wrong($"expected an array of ids, found {Describe(value)}.", field);
        var ids = new List<string>(value.GetArrayLength());
        foreach (var entry in value.EnumerateArray())
            if (IdOf(field, entry) is var id && id != None)
                ids.Add(id);
        return ids;
    }

    /// <summary>An object as it is written, or null where it is absent, null or empty.</summary>
    public string? OptionalObject(string field)
    {
        if (!item.TryGetProperty(field, out var value) || value.ValueKind == JsonValueKind.Null)
            return null;
        if (value.ValueKind != JsonValueKind.Object)
            throw reader.Wrong($"expected an object, found {Describe(value)}.", field);
        return value.GetPropertyCount() == 0 ? null : value.GetRawText();
    }

    /// <summary>An object of the fields that are there, or null where none is.</summary>
    public string? Select(IReadOnlyList<string> fields)
    {
        using var bytes = new MemoryStream();
        using var writer = new Utf8JsonWriter(bytes);
        var any = false;
        writer.WriteStartObject();
        foreach (var field in fields)
            if (item.TryGetProperty(field, out var value))
            {
                any = true;
                writer.WritePropertyName(field);
                value.WriteTo(writer);
            }
        writer.WriteEndObject();
        writer.Flush();
        return any ? System.Text.Encoding.UTF8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length) : null;
    }

    public JsonElement Required(string field) => item.TryGetProperty(field, out var value)
        ? value
        : throw reader.Wrong($"is missing; the object has {string.Join(", ", item.EnumerateObject().Select(p => p.Name).Take(20))}.", field);

    public string IdOf(string field, JsonElement value)
    {
        var id = value.ValueKind switch
        {
            JsonValueKind.String => TextOf(field, value),
            JsonValueKind.Number when value.TryGetInt64(out _) => value.GetRawText(),
            _ => throw reader.Wrong($"expected an id (a string or an integer), found {Describe(value)}.", field),
        };
        return limits.IdProblem(id) is { } problem ? throw reader.Wrong(problem, field) : id;
    }

    public string TextOf(string field, JsonElement value)
    {
        if (value.ValueKind != JsonValueKind.String)
            throw reader.Wrong($"expected a string, found {Describe(value)}.", field);
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException e)
        {
            throw reader.Wrong("holds half of a surrogate pair, which is no Unicode text.", field, e);
        }
    }

    public static string Describe(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => $"the number {value.GetRawText()}",
        JsonValueKind.Null => "null",
        _ => value.GetRawText(),
    };
}
