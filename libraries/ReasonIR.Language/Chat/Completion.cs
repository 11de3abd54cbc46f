using System.Text;
using System.Text.Json;

namespace ReasonIR.Language.Chat;

/// <summary>
/// Reads a chat completion, live or out of a batch. Servers differ: <c>content</c> is a text, a list of parts or null; thoughts stand in
/// <c>reasoning_content</c> (DeepSeek, vLLM, llama.cpp) or <c>reasoning</c> (OpenRouter, Ollama); counts may be missing.
/// </summary>
static class Completion
{
    /// <exception cref="FormatException">It is no chat completion; the message says what is missing.</exception>
    public static ChatAnswer Read(JsonElement body, ChatRequest request)
    {
        if (body.ValueKind != JsonValueKind.Object || !body.TryGetProperty("choices", out var choices) || choices.ValueKind != JsonValueKind.Array || choices.GetArrayLength() == 0)
            throw new FormatException("expected a list of choices");
        var choice = choices[0];
        if (choice.ValueKind != JsonValueKind.Object || !choice.TryGetProperty("message", out var message) || message.ValueKind != JsonValueKind.Object)
            throw new FormatException("expected a message in choices[0]");
        var text = Content(message);
        var reasoning = Text(message, "reasoning_content") ?? Text(message, "reasoning");
        return new ChatAnswer(text, Text(choice, "finish_reason") ?? "stop", Text(message, "refusal"), Usage(body, request, text, reasoning), reasoning);
    }

    static TokenUsage Usage(JsonElement body, ChatRequest request, string text, string? reasoning)
    {
        var thought = reasoning is null ? 0 : TokenUsage.Estimate(reasoning);
        if (!body.TryGetProperty("usage", out var usage) || usage.ValueKind != JsonValueKind.Object || Count(usage, "prompt_tokens") + Count(usage, "completion_tokens") == 0)
            return new TokenUsage(RequestBody.EstimateTokens(request), TokenUsage.Estimate(text) + thought, Estimated: true, thought);
        var (input, output) = (Count(usage, "prompt_tokens"), Count(usage, "completion_tokens"));
        var counted = usage.TryGetProperty("completion_tokens_details", out var details) ? Count(details, "reasoning_tokens") : 0;
        var cached = usage.TryGetProperty("prompt_tokens_details", out details) ? Count(details, "cached_tokens") : 0;
        return new TokenUsage(input, output, Reasoning: counted > 0 ? counted : Math.Min(thought, output), CachedInput: Math.Min(cached, input));
    }

    static string Content(JsonElement message)
    {
        if (!message.TryGetProperty("content", out var content))
            return "";
        if (content.ValueKind != JsonValueKind.Array)
            return Text(message, "content") ?? "";
        var text = new StringBuilder();
        foreach (var part in content.EnumerateArray())
            text.Append(part.ValueKind == JsonValueKind.Object ? Text(part, "text") : null);
        return text.ToString();
    }

    static string? Text(JsonElement element, string name)
    {
        if (!element.TryGetProperty(name, out var value) || value.ValueKind != JsonValueKind.String)
            return null;
        try
        {
            // Databases take no U+0000, and what is kept must be what is used.
            return value.GetString() is { Length: > 0 } text ? text.Replace("\0", "") : null;
        }
        catch (InvalidOperationException)
        {
            throw new FormatException($"expected text in {name}, found half of a surrogate pair");
        }
    }

    static int Count(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var count) ? Math.Max(0, count) : 0;
}
