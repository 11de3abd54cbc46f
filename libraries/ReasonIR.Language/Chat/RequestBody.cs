using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ReasonIR.Language.Chat;

/// <summary>A <see cref="ChatRequest"/> as the body of OpenAI's <c>/chat/completions</c>: the same bytes go out live and as a line of a batch.</summary>
static class RequestBody
{
    // Texts are read by a JSON parser, never by a browser: other scripts stay as they are instead of six bytes a character.
    static readonly JsonWriterOptions Relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static ReadOnlyMemory<byte> Write(ChatRequest request, ChatSettings settings, StructuredOutput mode)
    {
        var buffer = new ArrayBufferWriter<byte>(4096);
        using var json = new Utf8JsonWriter(buffer, Relaxed);
        json.WriteStartObject();
        json.WriteString("model", settings.Model);
        json.WriteStartArray("messages");
        foreach (var (role, text) in Messages(request, mode))
        {
            json.WriteStartObject();
            json.WriteString("role", role);
            json.WriteString("content", text);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteNumber(settings.TokenLimitField == TokenLimitField.MaxTokens ? "max_tokens" : "max_completion_tokens", request.MaxOutputTokens);
        if (request.Temperature is { } temperature)
            json.WriteNumber("temperature", temperature);
        if (request.TopP is { } topP)
            json.WriteNumber("top_p", topP);
        if (request.Seed is { } seed)
            json.WriteNumber("seed", seed);
        WriteFormat(json, request, mode);
        json.WriteEndObject();
        json.Flush();
        return buffer.WrittenMemory;
    }

    /// <summary>An upper estimate of a request's input tokens, the schema and a chat template's own words counted in.</summary>
    public static int EstimateTokens(ChatRequest request) =>
        64 + request.Turns.Sum(turn => TokenUsage.Estimate(turn.Text) + 8) + (request.Schema is { } schema ? TokenUsage.Estimate(schema.Json) : 0);

    static IEnumerable<(string Role, string Text)> Messages(ChatRequest request, StructuredOutput mode)
    {
        var shape = mode is StructuredOutput.Object or StructuredOutput.Text && request.Schema is { } schema
            ? $"Answer with one JSON object and nothing else. It must fit this JSON schema:\n{schema.Json}"
            : null;
        if (shape is not null && request.Turns is not [{ Role: ChatRole.System }, ..])
            yield return ("system", shape);
        foreach (var turn in request.Turns)
            yield return turn.Role switch
            {
                ChatRole.System => ("system", shape is null ? turn.Text : turn.Text + "\n\n" + shape),
                ChatRole.Assistant => ("assistant", turn.Text),
                _ => ("user", turn.Text),
            };
    }

    static void WriteFormat(Utf8JsonWriter json, ChatRequest request, StructuredOutput mode)
    {
        if (request.Schema is not { } schema || mode == StructuredOutput.Text)
            return;
        json.WriteStartObject("response_format");
        json.WriteString("type", mode == StructuredOutput.Object ? "json_object" : "json_schema");
        if (mode != StructuredOutput.Object)
        {
            json.WriteStartObject("json_schema");
            json.WriteString("name", schema.Name);
            json.WriteBoolean("strict", true);
            json.WritePropertyName("schema");
            json.WriteRawValue(schema.StrictJson);
            json.WriteEndObject();
        }
        json.WriteEndObject();
    }
}
