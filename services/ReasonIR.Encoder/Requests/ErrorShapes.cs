using System.Diagnostics;
using System.Globalization;
using ReasonIR.Encoder.Metrics;

namespace ReasonIR.Encoder.Requests;

/// <summary>How an API tells errors.</summary>
/// <param name="Name">For metrics.</param>
/// <param name="Status">The HTTP status of a kind of error.</param>
/// <param name="Body">The body; serialized as JSON.</param>
public sealed record ErrorShape(string Name, Func<RequestErrorKind, int> Status, Func<RequestError, int, object> Body);

/// <summary>Puts the errors of a group of endpoints into its shape, and counts and times its requests.</summary>
public sealed class ShapedEndpoints(ErrorShape shape, EncoderMetrics metrics, ILogger logger) : IEndpointFilter
{
    /// <inheritdoc/>
    public async ValueTask<object?> InvokeAsync(EndpointFilterInvocationContext context, EndpointFilterDelegate next)
    {
        var http = context.HttpContext;
        var since = Stopwatch.GetTimestamp();
        try
        {
            var result = await next(context);
            metrics.Requested(shape.Name, Stopwatch.GetElapsedTime(since), null);
            return result;
        }
        catch (Exception) when (http.RequestAborted.IsCancellationRequested)
        {
            metrics.Requested(shape.Name, Stopwatch.GetElapsedTime(since), "canceled");
            return Results.StatusCode(StatusCodes.Status499ClientClosedRequest);
        }
        catch (Exception e) when (!http.Response.HasStarted)
        {
            var error = RequestError.Of(e);
            if (error is null)
            {
                logger.LogError(e, "{Method} {Path} failed", http.Request.Method, http.Request.Path);
                error = new(RequestErrorKind.Failed, $"The request failed here; the log says why (trace {Activity.Current?.TraceId.ToString() ?? http.TraceIdentifier}).");
            }
            metrics.Requested(shape.Name, Stopwatch.GetElapsedTime(since), error.Kind.ToString().ToLowerInvariant());
            if (error.RetryAfter is { } wait)
                http.Response.Headers.RetryAfter = Math.Ceiling(wait.TotalSeconds).ToString(CultureInfo.InvariantCulture);
            var status = shape.Status(error.Kind);
            return Results.Json(shape.Body(error, status), statusCode: status);
        }
    }
}

/// <summary>What comes from before the handlers (no key, no such address, a body too large) in the shape of the API that was addressed.</summary>
public sealed class ShapedProblems : IProblemDetailsWriter
{
    public bool CanWrite(ProblemDetailsContext context) => ShapeOf(context.HttpContext.Request.Path) is not null;

    public async ValueTask WriteAsync(ProblemDetailsContext context)
    {
        var status = context.ProblemDetails.Status ?? context.HttpContext.Response.StatusCode;
        var error = RequestError.OfStatus(status, context.ProblemDetails.Detail ?? context.ProblemDetails.Title);
        context.HttpContext.Response.StatusCode = status;
        await context.HttpContext.Response.WriteAsJsonAsync(ShapeOf(context.HttpContext.Request.Path)!.Body(error, status), context.HttpContext.RequestAborted);
    }

    static ErrorShape? ShapeOf(PathString path) =>
        Reranking.CohereErrors.Paths.Any(own => path.StartsWithSegments(own)) ? Reranking.CohereErrors.Shape
        : path.StartsWithSegments("/v1") ? OpenAi.OpenAiErrors.Shape
        : Tei.TeiErrors.Paths.Any(own => path.StartsWithSegments(own)) ? Tei.TeiErrors.Shape
        : null;
}

static class ErrorShapeExtensions
{
    /// <summary>Errors of the group's endpoints take this shape.</summary>
    public static RouteGroupBuilder WithErrors(this RouteGroupBuilder group, ErrorShape shape)
    {
        var services = ((IEndpointRouteBuilder)group).ServiceProvider;
        var filter = new ShapedEndpoints(shape, services.GetRequiredService<EncoderMetrics>(), services.GetRequiredService<ILoggerFactory>().CreateLogger($"ReasonIR.Encoder.{shape.Name}"));
        return group.AddEndpointFilter(filter);
    }
}
