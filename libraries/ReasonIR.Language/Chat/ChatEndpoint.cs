using System.ClientModel;
using System.ClientModel.Primitives;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using OpenAI;
using OpenAI.Chat;
using Polly.Timeout;

namespace ReasonIR.Language.Chat;

/// <summary>
/// An OpenAI-compatible chat endpoint over the official SDK: one question, one answer, no cache and no budget
/// (<see cref="ChatModel"/> has both). Thread-safe; holds the connections.
/// </summary>
public sealed class ChatEndpoint : IDisposable
{
    readonly ChatSettings settings;
    readonly ILogger<ChatEndpoint> log;
    readonly HttpClient http;
    readonly ChatClient? client;
    readonly SemaphoreSlim slots;
    volatile bool schemaRefused;

    public ChatEndpoint(ChatSettings settings, ILogger<ChatEndpoint> log, TimeProvider? time = null)
    {
        this.settings = settings;
        this.log = log;
        slots = new SemaphoreSlim(settings.Concurrency);
        // No redirects: they would carry the key to another server.
        var sockets = new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(10) };
        http = new HttpClient(new RetryHandler(settings, log, time ?? TimeProvider.System, new BoundedAnswerHandler(settings.MaxAnswerBytes, sockets)))
        {
            Timeout = Timeout.InfiniteTimeSpan,
        };
        if (settings.IsConfigured)
            client = new ChatClient(settings.Model, new ApiKeyCredential(string.IsNullOrEmpty(settings.Key) ? "none" : settings.Key), new OpenAIClientOptions
            {
                Endpoint = settings.Endpoint,
                Transport = new HttpClientPipelineTransport(http),
                // Retries and timeouts are ours, below the SDK.
                RetryPolicy = new ClientRetryPolicy(0),
                NetworkTimeout = Timeout.InfiniteTimeSpan,
            });
    }

    public ChatSettings Settings => settings;

    /// <exception cref="ChatException">No answer, after all attempts; the message is free of keys.</exception>
    public async Task<ChatAnswer> AskAsync(ChatRequest request, CancellationToken cancellation)
    {
        if (client is null)
            throw new ChatException($"No chat endpoint is configured: {ChatConfiguration.HowToConfigure}.", 0);
        await slots.WaitAsync(cancellation);
        try
        {
            return await AskAsync(client, request, Mode(request), cancellation);
        }
        catch (ClientResultException error) when (error.Status is 400 or 422 && MayFallBack(request))
        {
            // Asked in words the server either answers, or refuses for the true reason.
            var answer = await WrapAsync(() => AskAsync(client, request, StructuredOutput.Text, cancellation), cancellation);
            schemaRefused = true;
            log.LogWarning("{Endpoint} refuses response_format json_schema ({Reason}); it is asked in words from now on",
                settings, Redaction.Redact(FirstLine(error.Message), settings.Key));
            return answer;
        }
        catch (Exception error) when (Translate(error, cancellation) is { } translated)
        {
            throw translated;
        }
        finally
        {
            slots.Release();
        }
    }

    public void Dispose()
    {
        http.Dispose();
        slots.Dispose();
    }

    StructuredOutput Mode(ChatRequest request) => request.Schema is null || settings.StructuredOutput == StructuredOutput.Auto && schemaRefused
        ? StructuredOutput.Text
        : settings.StructuredOutput;

    bool MayFallBack(ChatRequest request) => request.Schema is not null && settings.StructuredOutput == StructuredOutput.Auto && !schemaRefused;

    async Task<ChatAnswer> AskAsync(ChatClient client, ChatRequest request, StructuredOutput mode, CancellationToken cancellation)
    {
        var completion = (await client.CompleteChatAsync(
            RequestBody.Messages(request, mode), RequestBody.Options(request, mode, settings.TokenLimitField), cancellation)).Value;
        var text = string.Concat(completion.Content.Where(part => part.Kind == ChatMessageContentPartKind.Text).Select(part => part.Text))
            // Databases take no U+0000, and what is kept must be what is used.
            .Replace("\0", "");
        var usage = completion.Usage is { } counted && counted.InputTokenCount + counted.OutputTokenCount > 0
            ? new TokenUsage(counted.InputTokenCount, counted.OutputTokenCount)
            : new TokenUsage(RequestBody.EstimateTokens(request), TokenUsage.Estimate(text), Estimated: true);
        return new ChatAnswer(text, completion.FinishReason switch
        {
            ChatFinishReason.Stop => "stop",
            ChatFinishReason.Length => "length",
            ChatFinishReason.ContentFilter => "content_filter",
            var other => other.ToString().ToLowerInvariant(),
        }, completion.Refusal, usage);
    }

    async Task<ChatAnswer> WrapAsync(Func<Task<ChatAnswer>> ask, CancellationToken cancellation)
    {
        try
        {
            return await ask();
        }
        catch (Exception error) when (Translate(error, cancellation) is { } translated)
        {
            throw translated;
        }
    }

    ChatException? Translate(Exception error, CancellationToken cancellation)
    {
        if (cancellation.IsCancellationRequested || error is ChatException)
            return null;
        // The SDK wraps what its transport throws in an AggregateException or a ClientResultException, by kind.
        var cause = error is AggregateException { InnerExceptions.Count: > 0 } many ? many.InnerExceptions[^1] : error;
        return cause switch
        {
            ClientResultException { Status: 401 or 403 } refused => Fail(refused.Status, "refused the key (REASONIR_CHAT_KEY)", refused),
            ClientResultException { Status: 404 } missing => Fail(404, "knows no such model or path (REASONIR_CHAT_MODEL, REASONIR_CHAT_ENDPOINT)", missing),
            ClientResultException { Status: > 0 } failed => Fail(failed.Status, $"answered HTTP {failed.Status}", failed),
            ClientResultException { InnerException: { } inner } => Fail(0, "gave no answer", inner),
            AnswerTooLargeException => Fail(0, "answered too much", cause),
            TimeoutRejectedException => Fail(0, $"did not answer within {settings.Timeout.TotalSeconds:0} s", cause),
            HttpRequestException or IOException => Fail(0, "could not be reached or broke off", cause),
            JsonException or FormatException or InvalidOperationException or ArgumentException or KeyNotFoundException =>
                Fail(0, "answered something that is no chat completion", cause),
            _ => null,
        };
    }

    // No inner exception: its message could hold the key that the server repeated.
    ChatException Fail(int status, string what, Exception cause) =>
        new($"{settings} {what}: {Redaction.Redact(FirstLine(cause.Message), settings.Key)}", status);

    static string FirstLine(string text)
    {
        var line = string.Join(' ', text.Split(['\n', '\r'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        return line.Length <= 400 ? line : line[..400] + "...";
    }
}
