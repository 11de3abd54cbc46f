using System.Text.Json;
using System.Text.Json.Serialization;

namespace ReasonIR.Retrieval.Qdrant;

/// <summary>A search.</summary>
/// <param name="Vector">The dense vector that is near; empty: <paramref name="Sparse"/> is.</param>
/// <param name="Limit">Points wanted.</param>
/// <param name="Payload">Fields of the payload that come with each point; null: none.</param>
/// <param name="Using">The name of the vectors searched; null: the unnamed ones.</param>
public sealed record QdrantQuery(
    ReadOnlyMemory<float> Vector, int Limit, QdrantFilter? Filter = null, IReadOnlyList<string>? Payload = null, QdrantSearchParameters? Params = null,
    QdrantSparseVector? Sparse = null, string? Using = null)
{
    internal void Write(Utf8JsonWriter writer, string? groupBy = null)
    {
        writer.WriteStartObject();
        writer.WritePropertyName("query");
        if (Sparse is null)
            QdrantPoint.WriteFloats(writer, Vector.Span);
        else
            Sparse.Write(writer);
        writer.WriteNumber("limit", Limit);
        if (groupBy is not null)
        {
            writer.WriteString("group_by", groupBy);
            writer.WriteNumber("group_size", 1);
        }
        if (Using is not null)
            writer.WriteString("using", Using);
        if (Filter is not null)
        {
            writer.WritePropertyName("filter");
            JsonSerializer.Serialize(writer, Filter, QdrantQueryJson.Default.QdrantFilter);
        }
        if (Params is not null)
        {
            writer.WritePropertyName("params");
            JsonSerializer.Serialize(writer, Params, QdrantQueryJson.Default.QdrantSearchParameters);
        }
        if (Payload is not null)
        {
            writer.WriteStartArray("with_payload");
            foreach (var field in Payload)
                writer.WriteStringValue(field);
            writer.WriteEndArray();
        }
        writer.WriteEndObject();
    }
}

/// <summary>How a search is done.</summary>
/// <param name="HnswEf">Neighbors considered in the graph.</param>
/// <param name="Exact">Whether every vector is scored.</param>
public sealed record QdrantSearchParameters(int? HnswEf = null, bool? Exact = null, QdrantQuantizedSearch? Quantization = null);

/// <summary>How codes are used.</summary>
/// <param name="Rescore">Whether candidates are scored again from the full vectors.</param>
/// <param name="Oversampling">Candidates, as a multiple of the limit, at least 1.</param>
public sealed record QdrantQuantizedSearch(bool? Ignore = null, bool? Rescore = null, double? Oversampling = null);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(QdrantFilter))]
[JsonSerializable(typeof(QdrantSearchParameters))]
sealed partial class QdrantQueryJson : JsonSerializerContext;
