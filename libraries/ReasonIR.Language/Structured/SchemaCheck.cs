using System.Text.Json;

namespace ReasonIR.Language.Structured;

/// <summary>Checks a value against a schema; the first problem is told in words a model can act on.</summary>
static class SchemaCheck
{
    public static string? Problem(JsonElement schema, JsonElement value, string path)
    {
        if (schema.TryGetProperty("type", out var type) && !IsType(type.GetString(), value))
            return $"{path}: expected {type.GetString()}, found {value.ValueKind.ToString().ToLowerInvariant()}";
        if (schema.TryGetProperty("enum", out var allowed) && !allowed.EnumerateArray().Any(choice => JsonElement.DeepEquals(choice, value)))
            return $"{path}: expected one of {allowed.GetRawText()}";
        return value.ValueKind switch
        {
            JsonValueKind.Object => ObjectProblem(schema, value, path),
            JsonValueKind.Array => ArrayProblem(schema, value, path),
            JsonValueKind.String => Within(schema, "minLength", "maxLength", value.GetString()!.Trim().Length, "characters", path),
            JsonValueKind.Number => Within(schema, "minimum", "maximum", value.GetDouble(), "as its value", path),
            _ => null,
        };
    }

    static string? ObjectProblem(JsonElement schema, JsonElement value, string path)
    {
        if (schema.TryGetProperty("required", out var required))
            foreach (var name in required.EnumerateArray())
                if (!value.TryGetProperty(name.GetString()!, out _))
                    return $"{path}: property \"{name.GetString()}\" is missing";
        schema.TryGetProperty("properties", out var properties);
        var closed = schema.TryGetProperty("additionalProperties", out var additional) && additional.ValueKind == JsonValueKind.False;
        foreach (var property in value.EnumerateObject())
        {
            if (properties.ValueKind == JsonValueKind.Object && properties.TryGetProperty(property.Name, out var inner))
            {
                if (Problem(inner, property.Value, $"{path}.{property.Name}") is { } problem)
                    return problem;
            }
            else if (closed)
            {
                return $"{path}: property \"{property.Name}\" is not part of the answer";
            }
        }
        return null;
    }

    static string? ArrayProblem(JsonElement schema, JsonElement value, string path)
    {
        if (Within(schema, "minItems", "maxItems", value.GetArrayLength(), "items", path) is { } problem)
            return problem;
        if (!schema.TryGetProperty("items", out var items))
            return null;
        var index = 0;
        foreach (var item in value.EnumerateArray())
            if (Problem(items, item, $"{path}[{index++}]") is { } inner)
                return inner;
        return null;
    }

    static string? Within(JsonElement schema, string min, string max, double actual, string unit, string path) =>
        schema.TryGetProperty(min, out var least) && actual < least.GetDouble() ? $"{path}: expected at least {least.GetRawText()} {unit}, found {actual}"
        : schema.TryGetProperty(max, out var most) && actual > most.GetDouble() ? $"{path}: expected at most {most.GetRawText()} {unit}, found {actual}"
        : null;

    static bool IsType(string? type, JsonElement value) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out _),
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "null" => value.ValueKind == JsonValueKind.Null,
        _ => false,
    };
}
