using System.Text.Json;
using ReasonIR.Language.Chat;
using ReasonIR.Language.Spending;

namespace ReasonIR.Language.Structured;

/// <summary>The answer had not the asked shape, and the repair had not either. The message says what was wrong.</summary>
public sealed class UnusableAnswerException(string problem) : Exception(problem);

/// <param name="Calls">Requests it took: one, or two with the repair.</param>
public sealed record StructuredAnswer(JsonElement Value, int Calls);

/// <summary>
/// Asks for JSON of a schema: the object is extracted from the answer, checked, and where it fails the model is told what is wrong and
/// asked once more.
/// </summary>
public sealed class StructuredChat(ChatModel model)
{
    static readonly JsonSerializerOptions Web = new(JsonSerializerDefaults.Web);

    /// <exception cref="UnusableAnswerException">Neither the answer nor its repair fits, or the model refused.</exception>
    /// <exception cref="ChatException">The endpoint gave no answer.</exception>
    /// <exception cref="CostCapException">The request could pass the run's cap; it was not sent.</exception>
    public async Task<StructuredAnswer> AskAsync(ChatRequest request, CallPurpose purpose, RunBudget budget, CancellationToken cancellation)
    {
        var schema = request.Schema ?? throw new ArgumentException("A structured question needs a schema.", nameof(request));
        var answer = await model.AskAsync(request, purpose, budget, cancellation);
        if (Read(answer, schema, out var value) is not { } problem)
            return new StructuredAnswer(value, 1);
        if (answer.Refusal is not null || answer.FinishReason == "content_filter")
            throw new UnusableAnswerException(problem);
        // An empty answer cannot be repaired, and servers refuse an empty assistant turn.
        ChatTurn[] repair = answer.Text.Length == 0
            ? [ChatTurn.User($"The last answer was empty. {Wanted}")]
            : [ChatTurn.Assistant(Shorten(answer.Text)), ChatTurn.User($"That answer cannot be used: {problem}. {Wanted}")];
        var again = await model.AskAsync(request with { Turns = [.. request.Turns, .. repair] }, purpose with { Purpose = purpose.Purpose + "-repair" }, budget, cancellation);
        return Read(again, schema, out value) is { } still ? throw new UnusableAnswerException(still) : new StructuredAnswer(value, 2);
    }

    /// <summary>The same, read into a record (camelCase properties).</summary>
    public async Task<T> AskAsync<T>(ChatRequest request, CallPurpose purpose, RunBudget budget, CancellationToken cancellation)
    {
        var answer = await AskAsync(request, purpose, budget, cancellation);
        try
        {
            return answer.Value.Deserialize<T>(Web) ?? throw new UnusableAnswerException("the answer is null");
        }
        catch (JsonException error)
        {
            throw new UnusableAnswerException(error.Message);
        }
    }

    const string Wanted = "Answer again with the whole corrected JSON object and nothing else.";

    static string? Read(ChatAnswer answer, JsonSchema schema, out JsonElement value)
    {
        value = default;
        if (answer.Refusal is { Length: > 0 } refusal)
            return $"the model refused: {Shorten(refusal)}";
        if (answer.FinishReason == "content_filter")
            return "the endpoint's content filter stopped the answer";
        if (JsonExtraction.FirstObject(answer.Text) is not { } found)
            return answer.CutOff
                ? "it was cut off at the token limit; be briefer"
                : "it holds no whole JSON object";
        value = found;
        try
        {
            return schema.Problem(found);
        }
        catch (InvalidOperationException)
        {
            // An escaped half of a surrogate pair is valid JSON and no text.
            return "it holds a broken character";
        }
    }

    static string Shorten(string text) => text.Length <= 8000 ? text : text[..8000];
}
