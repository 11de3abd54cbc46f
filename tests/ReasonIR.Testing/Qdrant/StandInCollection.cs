using System.Text.Json.Nodes;

namespace ReasonIR.Testing.Qdrant;

/// <summary>The points of a collection and their sparse vectors.</summary>
sealed class StandInCollection(JsonNode sparse)
{
    readonly Dictionary<string, (JsonNode Id, JsonNode? Payload, Dictionary<string, (uint[] Indices, float[] Values)> Vectors)> points = [];

    public int Count => points.Count;

    public JsonNode Info() => new JsonObject
    {
        ["status"] = "green", ["optimizer_status"] = "ok", ["points_count"] = points.Count, ["indexed_vectors_count"] = points.Count,
        ["config"] = new JsonObject { ["params"] = new JsonObject { ["sparse_vectors"] = sparse.DeepClone() } },
    };

    public void Upsert(JsonArray upserted)
    {
        foreach (var point in upserted)
            points[point!["id"]!.ToJsonString()] = (point["id"]!.DeepClone(), point["payload"]?.DeepClone(),
                point["vector"]!.AsObject().Where(vector => vector.Value is JsonObject).ToDictionary(vector => vector.Key, vector => Read(vector.Value!)));
    }

    /// <summary>Points that have an index in common with the query, by inner product; the filter knows <c>must_not</c> with <c>match any</c>.</summary>
    public JsonObject Query(JsonNode search)
    {
        var (indices, values) = Read(search["query"]!);
        var wanted = indices.Zip(values).ToDictionary();
        var name = (string)search["using"]!;
        var without = (search["filter"]?["must_not"]?.AsArray() ?? []).SelectMany(condition => condition!["match"]!["any"]!.AsArray().Select(value => (Key: (string)condition["key"]!, Value: (string)value!))).ToHashSet();
        var hits = new List<(float Score, JsonNode Point)>();
        foreach (var (id, payload, vectors) in points.Values)
        {
            if (!vectors.TryGetValue(name, out var vector) || without.Any(pair => (string?)payload?[pair.Key] == pair.Value))
                continue;
            var (score, common) = (0f, false);
            for (var i = 0; i < vector.Indices.Length; i++)
                if (wanted.TryGetValue(vector.Indices[i], out var weight))
                    (score, common) = (score + vector.Values[i] * weight, true);
            if (common)
                hits.Add((score, new JsonObject { ["id"] = id.DeepClone(), ["version"] = 1, ["score"] = score, ["payload"] = payload?.DeepClone() }));
        }
        return new JsonObject { ["points"] = new JsonArray([.. hits.OrderByDescending(hit => hit.Score).Take((int)search["limit"]!).Select(hit => hit.Point)]) };
    }

    static (uint[], float[]) Read(JsonNode vector) => ([.. vector["indices"]!.AsArray().Select(index => (uint)index!)], [.. vector["values"]!.AsArray().Select(value => (float)value!)]);
}
