using System.Text;
using System.Text.Json;
using ReasonIR.Retrieval.Vectors;

namespace ReasonIR.Search.Indexing;

/// <summary>
/// What filters can ask for of a document's metadata: texts of up to 1,024 bytes, numbers and truth values, also those in lists; a field inside
/// another is called <c>outer.inner</c>. The first 256 count; longer texts are content, not labels, and are left out.
/// </summary>
public static class FilterableMetadata
{
    const int MostDepth = 8;

    /// <summary>The fields of a JSON object, or none.</summary>
    public static IReadOnlyList<MetadataField> Of(string? json)
    {
        if (json is null)
            return [];
        using var document = JsonDocument.Parse(json);
        var fields = new List<MetadataField>();
        Add(document.RootElement, "", 0, fields);
        return fields;
    }

    /// <summary>A value of a filter.</summary>
    public static MetadataValue Value(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => value.GetString()!,
        JsonValueKind.Number => value.GetDouble(),
        _ => value.GetBoolean(),
    };

    static void Add(JsonElement value, string key, int depth, List<MetadataField> fields)
    {
        if (fields.Count == VectorDocument.MostFields || depth > MostDepth || key.Length > MetadataField.LongestKey)
            return;
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in value.EnumerateObject())
                    Add(member.Value, key.Length == 0 ? member.Name : $"{key}.{member.Name}", depth + 1, fields);
                break;
            case JsonValueKind.Array:
                foreach (var item in value.EnumerateArray())
                    Add(item, key, depth + 1, fields);
                break;
            case JsonValueKind.String when Encoding.UTF8.GetByteCount(value.GetString()!) > MetadataValue.LongestBytes:
            case JsonValueKind.Number when !double.IsFinite(value.GetDouble()):
            case JsonValueKind.Null or JsonValueKind.Undefined:
                break;
            default:
                if (key.Length > 0)
                    fields.Add(new(key, Value(value)));
                break;
        }
    }
}
