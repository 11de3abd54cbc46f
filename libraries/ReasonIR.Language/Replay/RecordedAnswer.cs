using System.Text.Json;
using ReasonIR.Language.Chat;

namespace ReasonIR.Language.Replay;

/// <summary>A line of a recording: an answer by what was asked of which model, at whatever address.</summary>
/// <param name="Hash">The request's <see cref="RequestHash.Portable"/>.</param>
public sealed record RecordedAnswer(
    string Hash, string Model, string Purpose, string Text, string FinishReason, string? Refusal, string? Reasoning, int InputTokens, int OutputTokens, int ReasoningTokens, int CachedTokens, bool Estimated)
{
    public static RecordedAnswer Of(string hash, string model, string purpose, ChatAnswer answer) => new(
        hash, model, purpose, answer.Text, answer.FinishReason, answer.Refusal, answer.Reasoning, answer.Usage.Input, answer.Usage.Output, answer.Usage.Reasoning, answer.Usage.CachedInput, answer.Usage.Estimated);

    public ChatAnswer Answer => new(Text, FinishReason, Refusal, new TokenUsage(InputTokens, OutputTokens, Estimated, ReasoningTokens, CachedTokens), Reasoning);

    public string ToLine() => JsonSerializer.Serialize(this, JsonSerializerOptions.Web);

    /// <exception cref="FormatException">The text is no such line; the message says what was expected.</exception>
    public static RecordedAnswer Parse(string line)
    {
        try
        {
            return JsonSerializer.Deserialize<RecordedAnswer>(line, JsonSerializerOptions.Web) is { Hash.Length: 64, Text: not null, FinishReason: not null } answer
                ? answer
                : throw new FormatException("expected an object with hash (64 digits), text and finishReason");
        }
        catch (JsonException error)
        {
            throw new FormatException($"expected a JSON object, found {error.Message}", error);
        }
    }
}
