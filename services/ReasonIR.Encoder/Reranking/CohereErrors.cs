using ReasonIR.Encoder.Requests;

namespace ReasonIR.Encoder.Reranking;

/// <summary>Errors as Cohere tells them: <c>{"message"}</c>.</summary>
public static class CohereErrors
{
    /// <summary>The addresses that are Cohere's.</summary>
    public static IReadOnlyList<string> Paths { get; } = ["/v1/rerank", "/v2/rerank"];

    public static ErrorShape Shape { get; } = new("cohere",
        kind => kind switch
        {
            RequestErrorKind.NoModel => StatusCodes.Status404NotFound,
            RequestErrorKind.TooLarge => StatusCodes.Status413PayloadTooLarge,
            RequestErrorKind.Overloaded => StatusCodes.Status429TooManyRequests,
            RequestErrorKind.Failed => StatusCodes.Status500InternalServerError,
            _ => StatusCodes.Status400BadRequest,
        },
        (error, _) => new { message = error.Message });
}
