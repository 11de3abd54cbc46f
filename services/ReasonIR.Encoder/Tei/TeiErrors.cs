using ReasonIR.Encoder.Requests;

namespace ReasonIR.Encoder.Tei;

/// <summary>Errors as text-embeddings-inference tells them: <c>{"error", "error_type"}</c>, with its statuses.</summary>
public static class TeiErrors
{
    /// <summary>The addresses that are TEI's.</summary>
    public static IReadOnlyList<string> Paths { get; } = ["/embed", "/embed_all", "/tokenize", "/predict", "/info", "/rerank"];

    public static ErrorShape Shape { get; } = new("tei",
        kind => kind switch
        {
            RequestErrorKind.Invalid => StatusCodes.Status422UnprocessableEntity,
            RequestErrorKind.NoModel => StatusCodes.Status404NotFound,
            RequestErrorKind.Empty => StatusCodes.Status400BadRequest,
            RequestErrorKind.Exceeds or RequestErrorKind.TooLarge => StatusCodes.Status413PayloadTooLarge,
            RequestErrorKind.Unfit => StatusCodes.Status424FailedDependency,
            RequestErrorKind.Overloaded => StatusCodes.Status429TooManyRequests,
            _ => StatusCodes.Status500InternalServerError,
        },
        (error, _) => new
        {
            error = error.Message,
            error_type = error.Kind switch
            {
                RequestErrorKind.Overloaded => "overloaded",
                RequestErrorKind.Empty => "empty",
                RequestErrorKind.Unfit or RequestErrorKind.Failed => "backend",
                _ => "validation",
            },
        });
}
