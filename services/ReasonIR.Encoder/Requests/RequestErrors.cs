using System.Text.Json;
using ReasonIR.Encoder.Batching;

namespace ReasonIR.Encoder.Requests;

/// <summary>A kind of failure that callers must tell apart.</summary>
public enum RequestErrorKind
{
    /// <summary>The request is not what it should be.</summary>
    Invalid,

    /// <summary>There is nothing to encode.</summary>
    Empty,

    /// <summary>A text, or their number, is beyond a limit.</summary>
    Exceeds,

    /// <summary>The body is larger than may be.</summary>
    TooLarge,

    /// <summary>There is no such model.</summary>
    NoModel,

    /// <summary>The model cannot do this.</summary>
    Unfit,

    /// <summary>There is no room now.</summary>
    Overloaded,

    /// <summary>It failed here.</summary>
    Failed,
}

/// <summary>A failure as every API tells it in its own shape.</summary>
/// <param name="Kind">Which kind.</param>
/// <param name="Message">For people.</param>
/// <param name="Field">The field at fault, where it is one.</param>
/// <param name="RetryAfter">When to ask again.</param>
public sealed record RequestError(RequestErrorKind Kind, string Message, string? Field = null, TimeSpan? RetryAfter = null)
{
    /// <summary>What an exception means to a caller; null: it is not for callers.</summary>
    public static RequestError? Of(Exception exception) => exception switch
    {
        RequestException e => new(e.Kind, e.Message, e.Field),
        BadHttpRequestException { StatusCode: StatusCodes.Status413PayloadTooLarge } e => new(RequestErrorKind.TooLarge, e.Message),
        BadHttpRequestException e => new(RequestErrorKind.Invalid, e.Message),
        JsonException e => new(RequestErrorKind.Invalid, $"The body is not valid JSON: {e.Message}"),
        KeyNotFoundException e => new(RequestErrorKind.NoModel, e.Message, "model"),
        OverloadedException e => new(RequestErrorKind.Overloaded, e.Message, RetryAfter: e.RetryAfter),
        ArgumentNullException => null,
        ArgumentException e => new(RequestErrorKind.Invalid, e.Message),
        NotSupportedException e => new(RequestErrorKind.Unfit, e.Message),
        InvalidDataException e => new(RequestErrorKind.Unfit, e.Message),
        _ => null,
    };

    /// <summary>What the body of an answer says of a status that came from before the handlers.</summary>
    public static RequestError OfStatus(int status, string? detail) => new(status switch
    {
        StatusCodes.Status413PayloadTooLarge => RequestErrorKind.TooLarge,
        StatusCodes.Status429TooManyRequests or StatusCodes.Status503ServiceUnavailable => RequestErrorKind.Overloaded,
        < 500 => RequestErrorKind.Invalid,
        _ => RequestErrorKind.Failed,
    }, detail ?? $"Status {status}.");
}
