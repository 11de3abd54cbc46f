#pragma warning disable OPENAI001, SCME0001 // Seed, and patching a field's name, are marked as experimental by the SDK.
using OpenAI.Chat;

namespace ReasonIR.Language.Chat;

/// <summary>A <see cref="ChatRequest"/> as the SDK's types.</summary>
static class RequestBody
{
    public static IReadOnlyList<ChatMessage> Messages(ChatRequest request, StructuredOutput mode)
    {
        var messages = new List<ChatMessage>(request.Turns.Count + 1);
        var shape = mode is StructuredOutput.Object or StructuredOutput.Text ? InWords(request) : null;
        foreach (var turn in request.Turns)
            messages.Add(turn.Role switch
            {
                ChatRole.System => new SystemChatMessage(shape is null ? turn.Text : turn.Text + "\n\n" + shape),
                ChatRole.Assistant => new AssistantChatMessage(turn.Text),
                _ => new UserChatMessage(turn.Text),
            });
        if (shape is not null && request.Turns is not [{ Role: ChatRole.System }, ..])
            messages.Insert(0, new SystemChatMessage(shape));
        return messages;
    }

    public static ChatCompletionOptions Options(ChatRequest request, StructuredOutput mode, TokenLimitField limit)
    {
        var options = new ChatCompletionOptions
        {
            Temperature = (float?)request.Temperature,
            TopP = (float?)request.TopP,
            Seed = request.Seed,
            ResponseFormat = (request.Schema, mode) switch
            {
                (null, _) or (_, StructuredOutput.Text) => null,
                (_, StructuredOutput.Object) => ChatResponseFormat.CreateJsonObjectFormat(),
                var (schema, _) => ChatResponseFormat.CreateJsonSchemaFormat(schema.Name, BinaryData.FromString(schema.StrictJson), jsonSchemaIsStrict: true),
            },
        };
        if (limit == TokenLimitField.MaxTokens)
            options.Patch.Set("$.max_tokens"u8, request.MaxOutputTokens);
        else
            options.MaxOutputTokenCount = request.MaxOutputTokens;
        return options;
    }

    /// <summary>An upper estimate of a request's input tokens, the schema and a chat template's own words counted in.</summary>
    public static int EstimateTokens(ChatRequest request) =>
        64 + request.Turns.Sum(turn => TokenUsage.Estimate(turn.Text) + 8) + (request.Schema is { } schema ? TokenUsage.Estimate(schema.Json) : 0);

    static string? InWords(ChatRequest request) => request.Schema is null
        ? null
        : $"Answer with one JSON object and nothing else. It must fit this JSON schema:\n{request.Schema.Json}";
}
