using System.Buffers;
using System.Security.Cryptography;
using System.Text.Json;

namespace ReasonIR.Language.Chat;

/// <summary>Names a request by everything that decides its answer: endpoint, model, turns, schema and parameters.</summary>
public static class RequestHash
{
    /// <returns>SHA-256 in lower-case hexadecimal digits, 64 characters.</returns>
    public static string Of(ChatSettings settings, ChatRequest request) => Of(settings.Endpoint?.AbsoluteUri.TrimEnd('/'), settings, request);

    /// <summary>The same without the endpoint's address: a recording is replayed wherever it is taken.</summary>
    public static string Portable(ChatSettings settings, ChatRequest request) => Of(null, settings, request);

    static string Of(string? address, ChatSettings settings, ChatRequest request)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteNumber("version", 1);
            json.WriteString("endpoint", address);
            json.WriteString("model", settings.Model);
            json.WriteStartArray("turns");
            foreach (var turn in request.Turns)
            {
                json.WriteStringValue(turn.Role.ToString());
                json.WriteStringValue(turn.Text);
            }
            json.WriteEndArray();
            json.WriteString("schema", request.Schema?.Json);
            json.WriteNumber("maxOutputTokens", request.MaxOutputTokens);
            if (request.Temperature is { } temperature)
                json.WriteNumber("temperature", temperature);
            if (request.Seed is { } seed)
                json.WriteNumber("seed", seed);
            if (request.TopP is { } topP)
                json.WriteNumber("topP", topP);
            json.WriteEndObject();
        }
        return Convert.ToHexStringLower(SHA256.HashData(buffer.WrittenSpan));
    }
}
