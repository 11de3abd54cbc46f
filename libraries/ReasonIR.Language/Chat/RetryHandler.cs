using System.Net;
using Microsoft.Extensions.Logging;
using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace ReasonIR.Language.Chat;

/// <summary>
/// Retries 408, 425, 429, 5xx, timeouts and dropped connections with growing, jittered pauses, or as long as Retry-After says. A pause
/// that the server asks for holds back every request of this handler: in a storm of 429s one request learns for all.
/// </summary>
sealed class RetryHandler : DelegatingHandler
{
    readonly ResiliencePipeline<HttpResponseMessage> retries;
    readonly ResiliencePipeline<HttpResponseMessage> attempt;
    readonly TimeSpan maxDelay;
    readonly TimeProvider time;
    long resumeAt; // UTC ticks before which nothing is sent

    public RetryHandler(ChatSettings settings, ILogger log, TimeProvider time, HttpMessageHandler inner) : base(inner)
    {
        this.time = time;
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
                    log.LogWarning("Chat endpoint: {Reason}; attempt {Attempt} in {Delay:0.0} s",
                        Reason(arguments.Outcome), arguments.AttemptNumber + 2, arguments.RetryDelay.TotalSeconds);
                    if (RetryAfter(arguments.Outcome.Result) is { } pause)
                        HoldBack(pause);
                    arguments.Outcome.Result?.Dispose();
                    return ValueTask.CompletedTask;
                },
            });
        retries = builder.Build();
        attempt = new ResiliencePipelineBuilder<HttpResponseMessage> { TimeProvider = time }.AddTimeout(settings.Timeout).Build();
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellation)
    {
        // The body is sent again at each attempt.
        if (request.Content is { } content)
            await content.LoadIntoBufferAsync(cancellation);
        return await retries.ExecuteAsync(async token =>
        {
            await WaitAsync(token);
            return await attempt.ExecuteAsync(async timed => await base.SendAsync(request, timed), token);
        }, cancellation);
    }

    async Task WaitAsync(CancellationToken cancellation)
    {
        var wait = new DateTime(Interlocked.Read(ref resumeAt), DateTimeKind.Utc) - time.GetUtcNow().UtcDateTime;
        if (wait > TimeSpan.Zero)
            await Task.Delay(wait < maxDelay ? wait : maxDelay, time, cancellation);
    }

    void HoldBack(TimeSpan pause)
    {
        var until = (time.GetUtcNow().UtcDateTime + pause).Ticks;
        for (var seen = Interlocked.Read(ref resumeAt); seen < until;)
        {
            var before = Interlocked.CompareExchange(ref resumeAt, until, seen);
            if (before == seen)
                return;
            seen = before;
        }
    }

    TimeSpan? RetryAfter(HttpResponseMessage? response)
    {
        if (response?.Headers.RetryAfter is not { } header)
            return null;
        var pause = header.Delta ?? header.Date - time.GetUtcNow() ?? TimeSpan.Zero;
        return pause < TimeSpan.Zero ? TimeSpan.Zero : pause < maxDelay ? pause : maxDelay;
    }

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
