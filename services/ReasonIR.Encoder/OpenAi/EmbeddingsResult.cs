using System.Runtime.InteropServices;
using System.Text.Json;
using ReasonIR.Encoder.Requests;

namespace ReasonIR.Encoder.OpenAi;

/// <summary>OpenAI's answer, written straight into the response: vectors as arrays of numbers, or as base64 of little-endian f32.</summary>
public sealed class EmbeddingsResult(EncodedTexts vectors, string model, bool base64) : IResult
{
    /// <summary>Bytes after which the writer's buffer is handed on.</summary>
    const int FlushBytes = 1 << 16;

    /// <inheritdoc/>
    public async Task ExecuteAsync(HttpContext http)
    {
        http.Response.ContentType = "application/json";
        await using var json = new Utf8JsonWriter(http.Response.BodyWriter);
        json.WriteStartObject();
        json.WriteString("object"u8, "list"u8);
        json.WriteStartArray("data"u8);
        for (var i = 0; i < vectors.Count; i++)
        {
            Write(json, i);
            if (json.BytesPending < FlushBytes)
                continue;
            json.Flush();
            await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
        }
        json.WriteEndArray();
        json.WriteString("model"u8, model);
        json.WriteStartObject("usage"u8);
        json.WriteNumber("prompt_tokens"u8, vectors.Tokens);
        json.WriteNumber("total_tokens"u8, vectors.Tokens);
        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
        await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
    }

    void Write(Utf8JsonWriter json, int index)
    {
        json.WriteStartObject();
        json.WriteString("object"u8, "embedding"u8);
        json.WriteNumber("index"u8, index);
        json.WritePropertyName("embedding"u8);
        if (base64)
            json.WriteBase64StringValue(MemoryMarshal.AsBytes(vectors[index].Span));
        else
            json.WriteVector(vectors[index].Span);
        json.WriteEndObject();
    }
}

static class VectorJson
{
    /// <summary>An array of numbers, each the shortest that reads back as the same f32.</summary>
    public static void WriteVector(this Utf8JsonWriter json, ReadOnlySpan<float> vector)
    {
        json.WriteStartArray();
        foreach (var value in vector)
            json.WriteNumberValue(value);
        json.WriteEndArray();
    }
}
