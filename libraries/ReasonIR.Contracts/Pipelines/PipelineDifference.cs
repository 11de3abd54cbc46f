using System.Text.Json;

namespace ReasonIR.Contracts.Pipelines;

/// <summary>A field in which two pipelines differ.</summary>
/// <param name="Field">Its path, e.g. <c>retrievers[0].bm25.variant</c>.</param>
/// <param name="A">The first one's value as JSON; null: it has none.</param>
/// <param name="B">The second one's.</param>
public sealed record PipelineDifference(string Field, string? A, string? B)
{
    /// <summary>Where two pipelines differ, every default written out; empty where they do the same.</summary>
    public static IReadOnlyList<PipelineDifference> Between(PipelineSpec a, PipelineSpec b)
    {
        var (left, right) = (Leaves(a), Leaves(b));
        return [.. left.Keys.Union(right.Keys).Where(field => left.GetValueOrDefault(field) != right.GetValueOrDefault(field)).Order(StringComparer.Ordinal)
            .Select(field => new PipelineDifference(field, left.GetValueOrDefault(field), right.GetValueOrDefault(field)))];
    }

    static Dictionary<string, string> Leaves(PipelineSpec spec)
    {
        var leaves = new Dictionary<string, string>(StringComparer.Ordinal);
        using var json = JsonDocument.Parse(PipelineSpecs.ToJson(PipelineSpecs.Spelled(spec)));
        Collect(json.RootElement, "", leaves);
        return leaves;
    }

    static void Collect(JsonElement value, string path, Dictionary<string, string> leaves)
    {
        if (value.ValueKind == JsonValueKind.Object)
            foreach (var field in value.EnumerateObject())
                Collect(field.Value, path.Length == 0 ? field.Name : $"{path}.{field.Name}", leaves);
        else if (value.ValueKind == JsonValueKind.Array && value.EnumerateArray().Any(item => item.ValueKind == JsonValueKind.Object))
            foreach (var (i, item) in value.EnumerateArray().Index())
                Collect(item, $"{path}[{i}]", leaves);
        else
            leaves[path] = value.GetRawText();
    }
}
