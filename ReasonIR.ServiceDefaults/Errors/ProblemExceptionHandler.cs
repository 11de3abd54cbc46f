using System.Data.Common;
using System.Text.Json;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace ReasonIR.ServiceDefaults.Errors;

/// <summary>
/// Every failure becomes a ProblemDetails document. What the caller did wrong is told in full; our own failures are logged with their
/// trace, and the caller gets only the trace id to quote.
/// </summary>
sealed partial class ProblemExceptionHandler(IProblemDetailsService problems, ILogger<ProblemExceptionHandler> logger) : IExceptionHandler
{
    /// <summary>Postgres's codes for U+0000 in a text, and as an escape in JSON.</summary>
    const string NoSuchCharacter = "22021", NoSuchEscape = "22P05";

    public async ValueTask<bool> TryHandleAsync(HttpContext context, Exception exception, CancellationToken cancellationToken)
    {
        if (context.RequestAborted.IsCancellationRequested)
        {
            context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
            return true;
        }
        var (status, detail) = Describe(exception);
        if (status == StatusCodes.Status500InternalServerError)
            LogFailure(exception, context.Request.Method, context.Request.Path);
        context.Response.StatusCode = status;
        return await problems.TryWriteAsync(new ProblemDetailsContext { HttpContext = context, ProblemDetails = { Status = status, Detail = detail } });
    }

    static (int Status, string? Detail) Describe(Exception exception) => exception switch
    {
        // Minimal APIs wrap the reader's error, which names the line and the field.
        BadHttpRequestException { InnerException: JsonException json } bad => (bad.StatusCode, $"{bad.Message} {json.Message}"),
        BadHttpRequestException bad => (bad.StatusCode, bad.Message),
        ArgumentNullException => (StatusCodes.Status500InternalServerError, null), // a slip of ours, no caller's value
        ArgumentException or InvalidDataException or JsonException => (StatusCodes.Status400BadRequest, exception.Message),
        DbException { SqlState: NoSuchCharacter or NoSuchEscape } or { InnerException: DbException { SqlState: NoSuchCharacter or NoSuchEscape } } =>
            (StatusCodes.Status400BadRequest, "A text holds the character U+0000; expected one without it, which no text of the database has."),
        // The message names the service that is away; whoever asked may ask again.
        HttpRequestException { StatusCode: null } or TimeoutException => (StatusCodes.Status503ServiceUnavailable, exception.Message),
        _ => (StatusCodes.Status500InternalServerError, null),
    };

    [LoggerMessage(LogLevel.Error, "{Method} {Path} failed")]
    partial void LogFailure(Exception exception, string method, string path);
}
