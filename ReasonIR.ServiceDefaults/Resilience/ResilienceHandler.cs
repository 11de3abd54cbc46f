using System.Net;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace ReasonIR.ServiceDefaults.Resilience;

/// <summary>
/// Retries and timeouts around the rest of a client's handlers. Only requests that may be repeated are retried: GET, HEAD, OPTIONS, and
/// what the caller marked by <see cref="RequestResilience.MarkIdempotent"/>. An upload streams as long as it takes, once.
/// </summary>
sealed class ResilienceHandler : DelegatingHandler
{
    static readonly ResiliencePropertyKey<HttpRequestMessage> Request = new("request");

    readonly ResiliencePipeline<HttpResponseMessage> pipeline;

    public ResilienceHandler(ClientResilienceOptions options)
    {
        var builder = new ResiliencePipelineBuilder<HttpResponseMessage>();
        if (options.TotalTimeout != Timeout.InfiniteTimeSpan)
            builder.AddTimeout(new TimeoutStrategyOptions { Timeout = options.TotalTimeout });
        if (options.Retries > 0)
            builder.AddRetry(new RetryStrategyOptions<HttpResponseMessage>
            {
                MaxRetryAttempts = options.Retries,
                Delay = options.Delay,
                BackoffType = DelayBackoffType.Exponential,
                UseJitter = true,
                ShouldHandle = arguments => ValueTask.FromResult(
                    RequestResilience.MayRepeat(arguments.Context.Properties.GetValue(Request, null!)) && IsTransient(arguments.Outcome)),
                DelayGenerator = arguments => ValueTask.FromResult(RetryAfter(arguments.Outcome.Result)),
            });
        if (options.AttemptTimeout != Timeout.InfiniteTimeSpan)
            builder.AddTimeout(new TimeoutStrategyOptions { Timeout = options.AttemptTimeout });
        pipeline = builder.Build();
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (RequestResilience.IsUpload(request))
            return await base.SendAsync(request, cancellationToken);
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        context.Properties.Set(Request, request);
        try
        {
            return await pipeline.ExecuteAsync(
                async (c, state) => await state.SendBaseAsync(c.Properties.GetValue(Request, null!), c.CancellationToken), context, this);
        }
        catch (TimeoutRejectedException error)
        {
            throw new TimeoutException($"{request.Method} {request.RequestUri} was not answered within {error.Timeout.TotalSeconds:0.#} s.", error);
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    Task<HttpResponseMessage> SendBaseAsync(HttpRequestMessage request, CancellationToken cancellationToken) => base.SendAsync(request, cancellationToken);

    static bool IsTransient(Outcome<HttpResponseMessage> outcome) => outcome switch
    {
        { Exception: HttpRequestException or TimeoutRejectedException } => true,
        { Result.StatusCode: HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable or HttpStatusCode.GatewayTimeout } => true,
        _ => false,
    };

    static TimeSpan? RetryAfter(HttpResponseMessage? response) => response?.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } when date > DateTimeOffset.UtcNow => date - DateTimeOffset.UtcNow,
        _ => null, // the growing delay
    };
}
