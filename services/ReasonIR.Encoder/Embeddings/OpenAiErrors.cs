namespace ReasonIR.Encoder.Embeddings;

/// <summary>Errors in the shape that OpenAI's clients read: <c>{"error": {"message", "type", "param", "code"}}</c>.</summary>
public sealed class OpenAiErrors : IEndpointFilter
{
    /// <inheritdoc/>
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        try
        {
            return await next(context);
        }
        catch (RequestException e)
        {
            return Error(StatusCodes.Status400BadRequest, e.Message, "invalid_request_error", e.Field);
        }
        catch (KeyNotFoundException e)
        {
            return Error(StatusCodes.Status404NotFound, e.Message, "invalid_request_error", "model", "model_not_found");
        }
        catch (Exception e) when (e is ArgumentException or NotSupportedException or InvalidDataException)
        {
            return Error(StatusCodes.Status400BadRequest, e.Message, "invalid_request_error");
        }
    }

    static IResult Error(int status, string message, string type, string? param = null, string? code = null) =>
        TypedResults.Json(new { error = new { message, type, param, code } }, statusCode: status);
}
