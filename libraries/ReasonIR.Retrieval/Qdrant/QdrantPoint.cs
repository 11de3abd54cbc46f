using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace ReasonIR.Retrieval.Qdrant;

/// <summary>The id of a point: a number or a UUID.</summary>
public readonly record struct QdrantPointId(ulong Number, Guid? Uuid = null)
{
    public static implicit operator QdrantPointId(ulong number) => new(number);

    public static implicit operator QdrantPointId(Guid uuid) => new(0, uuid);

    internal void Write(Utf8JsonWriter writer)
    {
        if (Uuid is { } uuid)
            writer.WriteStringValue(uuid);
        else
            writer.WriteNumberValue(Number);
    }

    public override string ToString() => Uuid?.ToString() ?? Number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>A point to store.</summary>
/// <param name="Vector">The unnamed dense vector; empty: none.</param>
/// <param name="Sparse">Named sparse vectors.</param>
public sealed record QdrantPoint(QdrantPointId Id, ReadOnlyMemory<float> Vector, JsonObject? Payload = null, IReadOnlyDictionary<string, QdrantSparseVector>? Sparse = null)
{
    internal void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WritePropertyName("id");
        Id.Write(writer);
        writer.WritePropertyName("vector");
        if (Sparse is null)
            WriteFloats(writer, Vector.Span);
        else
        {
            writer.WriteStartObject();
            foreach (var (name, vector) in Sparse)
            {
                writer.WritePropertyName(name);
                vector.Write(writer);
            }
            writer.WriteEndObject();
        }
        if (Payload is not null)
        {
            writer.WritePropertyName("payload");
            Payload.WriteTo(writer);
        }
        writer.WriteEndObject();
    }

    internal static void WriteFloats(Utf8JsonWriter writer, ReadOnlySpan<float> values)
    {
        writer.WriteStartArray();
        foreach (var value in values)
            // Qdrant takes 1e39 and reads back null; NaN has no JSON.
            writer.WriteNumberValue(float.IsFinite(value) ? value : throw new ArgumentException($"a vector holds {value}, expected finite floats"));
        writer.WriteEndArray();
    }
}

/// <summary>A sparse vector.</summary>
/// <param name="Indices">Each once.</param>
/// <param name="Values">As many.</param>
public sealed record QdrantSparseVector(uint[] Indices, float[] Values)
{
    internal void Write(Utf8JsonWriter writer)
    {
        writer.WriteStartObject();
        writer.WriteStartArray("indices");
        foreach (var index in Indices)
            writer.WriteNumberValue(index);
        writer.WriteEndArray();
        writer.WritePropertyName("values");
        QdrantPoint.WriteFloats(writer, Values);
        writer.WriteEndObject();
    }
}
