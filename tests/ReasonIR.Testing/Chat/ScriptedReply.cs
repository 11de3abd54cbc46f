using System.Text.Json;

namespace ReasonIR.Testing.Chat;

/// <summary>What the scripted server does with one call.</summary>
public abstract record ScriptedReply
{
    /// <summary>A chat completion.</summary>
    /// <param name="Usage">False: the answer carries no token counts, as some local servers do.</param>
    /// <param name="Reasoning">Thoughts, in the field <paramref name="ReasoningField"/>.</param>
    public sealed record Answer(
        string Text, int PromptTokens = 100, int CompletionTokens = 50, string FinishReason = "stop", string? Refusal = null, bool Usage = true,
        string? Reasoning = null, string ReasoningField = "reasoning_content") : ScriptedReply;

    /// <summary>An error status with an OpenAI error body.</summary>
    /// <param name="RetryAfter">The header's value: seconds or an HTTP date.</param>
    public sealed record Status(int Code, string Message = "scripted", string? RetryAfter = null) : ScriptedReply;

    /// <summary>The connection is cut, after so many bytes of a good answer.</summary>
    public sealed record Drop(int AfterBytes = 0) : ScriptedReply;

    /// <summary>A 200 whose body ends in the middle of the JSON, with a matching length.</summary>
    public sealed record TruncatedBody : ScriptedReply;

    /// <summary>A 200 with this body, whatever it is.</summary>
    public sealed record Raw(string Body) : ScriptedReply;

    /// <summary>A good answer of this many bytes.</summary>
    public sealed record Huge(int Bytes) : ScriptedReply;

    /// <summary>The reply after a pause, or once the gate opens.</summary>
    public sealed record Late(ScriptedReply Reply, TimeSpan Pause = default, Task? Gate = null) : ScriptedReply;

    public static Answer Json(object value, int promptTokens = 100, int completionTokens = 50) =>
        new(JsonSerializer.Serialize(value, JsonSerializerOptions.Web), promptTokens, completionTokens);
}

public enum CallOutcome { Pending, Answered, Refused, Broken, Abandoned }

/// <summary>A line of the server's own ledger.</summary>
public sealed class ChatCall
{
    /// <summary>From 0, in the order of arrival.</summary>
    public required int Number { get; init; }

    /// <summary>The body as it came: two calls with the same body are the same request.</summary>
    public required string Body { get; init; }

    public required JsonElement Json { get; init; }

    public required string? Authorization { get; init; }

    /// <summary>How often this body came before.</summary>
    public required int Repetition { get; init; }

    /// <summary>Answered: a whole good answer was written before the client left.</summary>
    public CallOutcome Outcome { get; internal set; }

    /// <summary>The name of the JSON schema asked for, or null.</summary>
    public string? SchemaName => Json.TryGetProperty("response_format", out var format) && format.TryGetProperty("json_schema", out var schema)
        ? schema.GetProperty("name").GetString()
        : null;

    public IReadOnlyList<(string Role, string Text)> Messages =>
        [.. Json.GetProperty("messages").EnumerateArray().Select(message => (message.GetProperty("role").GetString()!, TextOf(message.GetProperty("content"))))];

    static string TextOf(JsonElement content) => content.ValueKind == JsonValueKind.String
        ? content.GetString()!
        : string.Concat(content.EnumerateArray().Select(part => part.GetProperty("text").GetString()));
}
