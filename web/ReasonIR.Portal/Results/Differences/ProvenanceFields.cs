using System.Text.Json;

namespace ReasonIR.Portal.Results.Differences;

/// <summary>A provenance as flat fields, so that two of them can be compared whatever their versions recorded.</summary>
public static class ProvenanceFields
{
    /// <summary>Path to value, e.g. <c>system.bm25.variant</c> to <c>lucene</c>; null where the field says that there is none.</summary>
    public static IReadOnlyDictionary<string, string?> Of(JsonElement provenance)
    {
        var fields = new SortedDictionary<string, string?>(StringComparer.Ordinal);
        if (provenance.ValueKind == JsonValueKind.Object)
            Add(fields, "", provenance);
        return fields;
    }

    /// <summary>The fields that differ. What only one side knows counts where the other recorded that part at all.</summary>
    public static IReadOnlyList<string> Different(IReadOnlyDictionary<string, string?> a, IReadOnlyDictionary<string, string?> b) =>
        [.. a.Keys.Union(b.Keys).Order(StringComparer.Ordinal).Where(field => (a.TryGetValue(field, out var first), b.TryGetValue(field, out var second)) switch
        {
            (true, true) => first != second,
            (true, false) => first is not null && Knows(b, field),
            _ => second is not null && Knows(a, field),
        })];

    static bool Knows(IReadOnlyDictionary<string, string?> fields, string field)
    {
        var root = field.Split('.', '[')[0];
        return fields.Keys.Any(known => known == root || known.StartsWith(root + ".", StringComparison.Ordinal) || known.StartsWith(root + "[", StringComparison.Ordinal));
    }

    static void Add(SortedDictionary<string, string?> fields, string path, JsonElement value)
    {
        switch (value.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var property in value.EnumerateObject())
                    Add(fields, path.Length == 0 ? property.Name : $"{path}.{property.Name}", property.Value);
                break;
            case JsonValueKind.Array:
                foreach (var (number, item) in value.EnumerateArray().Index())
                    Add(fields, $"{path}[{number}]", item);
                break;
            default:
                fields[path] = value.ValueKind is JsonValueKind.Null ? null : value.ToString();
                break;
        }
    }
}
