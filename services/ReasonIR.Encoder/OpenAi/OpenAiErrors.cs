using ReasonIR.Encoder.Requests;

namespace ReasonIR.Encoder.OpenAi;

/// <summary>Errors in the shape that OpenAI's clients read: <c>{"error": {"message", "type", "param", "code"}}</c>.</summary>
public static class OpenAiErrors
{
    public static ErrorShape Shape { get; } = new("openai",
        kind => kind switch
        {
            RequestErrorKind.NoModel => StatusCodes.Status404NotFound,
            RequestErrorKind.TooLarge => StatusCodes.Status413PayloadTooLarge,
            RequestErrorKind.Overloaded => StatusCodes.Status429TooManyRequests,
            RequestErrorKind.Failed => StatusCodes.Status500InternalServerError,
            _ => StatusCodes.Status400BadRequest,
        },
        (error, status) => new
        {
            error = new
            {
                message = error.Message,
                type = error.Kind switch
                {
                    RequestErrorKind.Overloaded => "rate_limit_error",
                    RequestErrorKind.Failed => "server_error",
                    _ => "invalid_request_error",
                },
                param = error.Field,
                code = status switch
                {
                    StatusCodes.Status401Unauthorized => "invalid_api_key",
                    StatusCodes.Status429TooManyRequests => "rate_limit_exceeded",
                    StatusCodes.Status404NotFound when error.Kind == RequestErrorKind.NoModel => "model_not_found",
                    _ => null,
                },
            },
        });
}
