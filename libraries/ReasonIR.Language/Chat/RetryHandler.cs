using System.Net;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace ReasonIR.Language.Chat;

/// <summary>
/// Retries 408, 425, 429, 5xx, timeouts and dropped connections with growing, jittered pauses, or as long as Retry-After says. Each
/// attempt goes through the endpoint's <see cref="Pace"/>: in a storm of 429s one request learns for all.
/// </summary>
sealed class RetryHandler : DelegatingHandler
{
    readonly ResiliencePipeline<HttpResponseMessage> retries;
    readonly ResiliencePipeline<HttpResponseMessage> attempt;
    readonly TimeSpan maxDelay;
    readonly TimeProvider time;
    readonly Pace pace;

    public RetryHandler(ChatSettings settings, Pace pace, ILogger log, TimeProvider time, HttpMessageHandler inner, TimeSpan? timeout = null) : base(inner)
    {
        this.time = time;
        this.pace = pace;
        maxDelay = settings.MaxRetryDelay;
        var builder = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = time };
        if (settings.MaxAttempts > 1)
            builder.AddRetry(new RetryStrategyOptions<HttpResponseMessage>
            {
                MaxRetryAttempts = settings.MaxAttempts - 1,
                BackoffType = DelayBackoffType.Exponential,
                Delay = TimeSpan.FromMilliseconds(500),
                MaxDelay = settings.MaxRetryDelay,
                UseJitter = true,
                ShouldHandle = static outcome => ValueTask.FromResult(IsTransient(outcome.Outcome)),
                DelayGenerator = arguments => ValueTask.FromResult(RetryAfter(arguments.Outcome.Result)),
                OnRetry = arguments =>
                {
                    log.LogWarning("Chat endpoint {Name}: {Reason}; attempt {Attempt} in {Delay:0.0} s, {Limit} in flight from now on",
                        settings.Name, Redaction.Redact(Reason(arguments.Outcome), settings.Key), arguments.AttemptNumber + 2, arguments.RetryDelay.TotalSeconds, pace.Limit);
                    if (RetryAfter(arguments.Outcome.Result) is { } pause)
                        pace.HoldBack(pause);
                    else if (pace.Limit == 1 && IsRefusal(arguments.Outcome.Result) == true)
                        // It cannot be asked less at a time, so it is asked later.
                        pace.HoldBack(arguments.RetryDelay);
                    arguments.Outcome.Result?.Dispose();
                    return ValueTask.CompletedTask;
                },
            });
        retries = builder.Build();
        attempt = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = time }.AddTimeout(timeout ?? settings.Timeout).Build();
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        // The body is sent again at each attempt.
        if (request.Content is { } content)
            await content.LoadIntoBufferAsync(cancellation);
        return await retries.ExecuteAsync(async token =>
        {
            var sent = await pace.EnterAsync(token);
            bool? refused = null;
            try
            {
                var response = await attempt.ExecuteAsync(async timed => await base.SendAsync(request, timed), token);
                refused = IsRefusal(response);
                return response;
            }
            finally
            {
                pace.Leave(sent, refused);
            }
        }, cancellation);
    }

    TimeSpan? RetryAfter(HttpResponseMessage? response)
    {
        if (response?.Headers.RetryAfter is not { } header)
            return null;
        // A date is by the server's clock, which may not be ours.
        var pause = header.Delta ?? header.Date - (response.Headers.Date ?? time.GetUtcNow()) ?? TimeSpan.Zero;
        return pause < TimeSpan.Zero ? TimeSpan.Zero : pause < maxDelay ? pause : maxDelay;
    }

    /// <summary>True: too much for the server; false: it answered; null: something else.</summary>
    static bool? IsRefusal(HttpResponseMessage? response) => response?.StatusCode switch
    {
        HttpStatusCode.TooManyRequests or HttpStatusCode.ServiceUnavailable => true,
        < HttpStatusCode.InternalServerError => false,
        _ => null,
    };

    static bool IsTransient(Outcome<HttpResponseMessage> outcome) => outcome switch
    {
        { Exception: HttpRequestException or IOException or TimeoutRejectedException } => true,
        { Result.StatusCode: HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests or (HttpStatusCode)425 } => true,
        { Result.StatusCode: HttpStatusCode.NotImplemented or HttpStatusCode.HttpVersionNotSupported } => false,
        { Result.StatusCode: >= HttpStatusCode.InternalServerError } => true,
        _ => false,
    };

    static string Reason(Outcome<HttpResponseMessage> outcome) => outcome.Exception is { } error
        ? error.GetType().Name + ", " + error.Message
        : $"HTTP {(int)outcome.Result!.StatusCode}";
}
