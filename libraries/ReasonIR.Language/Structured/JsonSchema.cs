using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace ReasonIR.Language.Structured;

/// <summary>
/// The part of JSON Schema that answers are checked against: <c>type</c>, <c>properties</c>, <c>required</c>,
/// <c>additionalProperties</c> (true or false), <c>items</c>, <c>enum</c>, <c>minLength</c>, <c>maxLength</c>, <c>minItems</c>,
/// <c>maxItems</c>, <c>minimum</c>, <c>maximum</c>, and <c>description</c>. Any other keyword is refused: it would not be checked.
/// </summary>
public sealed partial class JsonSchema
{
    static readonly HashSet<string> Known =
        ["type", "properties", "required", "additionalProperties", "items", "enum", "minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum", "description"];

    // Servers with constrained decoding refuse these in strict mode; the prompt says them and our check holds them.
    static readonly string[] Bounds = ["minLength", "maxLength", "minItems", "maxItems", "minimum", "maximum"];

    readonly JsonElement root;

    JsonSchema(string name, JsonElement root)
    {
        Name = name;
        this.root = root;
        Json = root.GetRawText();
        StrictJson = Strict(JsonNode.Parse(Json)!).ToJsonString();
    }

    /// <summary>Sent as the schema's name: letters, digits, underscores and hyphens, at most 64.</summary>
    public string Name { get; }

    public string Json { get; }

    /// <summary>The same shape without bounds, every property required and none besides: what strict mode takes.</summary>
    public string StrictJson { get; }

    /// <exception cref="FormatException">The text is no schema of the supported part.</exception>
    public static JsonSchema Parse(string name, string json)
    {
        if (!SchemaName().IsMatch(name))
            throw new FormatException($"Schema name \"{name}\": expected 1 to 64 letters, digits, underscores or hyphens.");
        try
        {
            using var document = JsonDocument.Parse(json);
            var root = document.RootElement.Clone();
            CheckKeywords(root, "$");
            return new JsonSchema(name, root);
        }
        catch (JsonException error)
        {
            throw new FormatException($"Schema {name}: {error.Message}", error);
        }
    }

    /// <summary>The first thing wrong with a value, as <c>$.path: what was expected</c>, or null.</summary>
    public string? Problem(JsonElement value) => SchemaCheck.Problem(root, value, "$");

    static void CheckKeywords(JsonElement schema, string path)
    {
        if (schema.ValueKind != JsonValueKind.Object)
            throw new FormatException($"Schema at {path}: expected an object.");
        foreach (var keyword in schema.EnumerateObject())
        {
            if (!Known.Contains(keyword.Name))
                throw new FormatException($"Schema at {path}: keyword \"{keyword.Name}\" is not supported.");
            if (keyword.NameEquals("properties"))
                foreach (var property in keyword.Value.EnumerateObject())
                    CheckKeywords(property.Value, $"{path}.{property.Name}");
            if (keyword.NameEquals("items"))
                CheckKeywords(keyword.Value, path + "[]");
        }
    }

    static JsonNode Strict(JsonNode node)
    {
        if (node is not JsonObject schema)
            return node;
        foreach (var bound in Bounds)
            schema.Remove(bound);
        if (schema["properties"] is JsonObject properties)
        {
            schema["required"] = new JsonArray([.. properties.Select(property => (JsonNode)property.Key)]);
            schema["additionalProperties"] = false;
            foreach (var (_, property) in properties)
                Strict(property!);
        }
        if (schema["items"] is { } items)
            Strict(items);
        return schema;
    }

    [GeneratedRegex(@"\A[A-Za-z0-9_-]{1,64}\z")]
    private static partial Regex SchemaName();
}
