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
    readonly Pace pace;
    bool schemaRefused;

    public ChatEndpoint(ChatSettings settings, ILogger<ChatEndpoint> log, TimeProvider? time = null)
    {
        this.settings = settings;
        this.log = log;
        time ??= TimeProvider.System;
        pace = new Pace(settings, time);
        // No redirects: they would carry the key to another server.
        var sockets = new SocketsHttpHandler { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(10) };
        http = new HttpClient(new RetryHandler(settings, pace, log, time, new BoundedAnswerHandler(settings, sockets)))
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

    /// <summary>Requests that may be in flight now: the configured number, or fewer after the server said that it is too much.</summary>
    public int Limit => pace.Limit;

    /// <exception cref="ChatException">No answer, after all attempts; the message is free of keys.</exception>
    public async Task<ChatAnswer> AskAsync(ChatRequest request, CancellationToken cancellation)
    {
        if (client is null)
            throw new ChatException($"No chat endpoint is configured: {ChatConfiguration.HowToConfigure}.", 0);
        var tokens = RequestBody.EstimateTokens(request) + request.MaxOutputTokens;
        await pace.TakeTokensAsync(tokens, cancellation);
        var used = 0;
        try
        {
            var answer = await SendAsync(client, request, cancellation);
            used = answer.Usage.Input + answer.Usage.Output;
            return answer;
        }
        finally
        {
            pace.GiveBack(tokens - used);
        }
    }

    public void Dispose() => http.Dispose();

    async Task<ChatAnswer> SendAsync(ChatClient client, ChatRequest request, CancellationToken cancellation)
    {
        var mode = Mode(request);
        try
        {
            return await AskAsync(client, request, mode, cancellation);
        }
        catch (ClientResultException error) when (error.Status is 400 or 422 && mode == StructuredOutput.Auto)
        {
            // Asked in words the server either answers, or refuses for the true reason.
            var answer = await WrapAsync(() => AskAsync(client, request, StructuredOutput.Text, cancellation), cancellation);
            if (!Interlocked.Exchange(ref schemaRefused, true))
                log.LogWarning("{Endpoint} refuses response_format json_schema ({Reason}); it is asked in words from now on",
                settings, Redaction.Redact(FirstLine(error.Message), settings.Key));
            return answer;
        }
        catch (Exception error) when (Translate(error, cancellation) is { } translated)
        {
            throw translated;
        }
    }

    /// <summary>It is asked in words from now on.</summary>
    internal void RefusesSchemas() => Volatile.Write(ref schemaRefused, true);

    /// <summary>How it is asked for JSON now.</summary>
    internal StructuredOutput Mode(ChatRequest request) => request.Schema is null || settings.StructuredOutput == StructuredOutput.Auto && Volatile.Read(ref schemaRefused)
        ? StructuredOutput.Text
        : settings.StructuredOutput;

    async Task<ChatAnswer> AskAsync(ChatClient client, ChatRequest request, StructuredOutput mode, CancellationToken cancellation)
    {
        // The SDK's own types know neither the fields of thoughts nor servers that leave fields out: its client carries our bodies.
        using var content = BinaryContent.Create(new BinaryData(RequestBody.Write(request, settings, mode)));
        var result = await client.CompleteChatAsync(content, new RequestOptions { CancellationToken = cancellation });
        using var document = JsonDocument.Parse(result.GetRawResponse().Content);
        return Completion.Read(document.RootElement, request);
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
            ClientResultException { Status: 401 or 403 } refused => Fail(refused.Status, $"refused the key ({Setting("Key")})", refused),
            ClientResultException { Status: 404 } missing => Fail(404, $"knows no such model or path ({Setting("Model")}, {Setting("Endpoint")})", missing),
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

    string Setting(string name) => ChatConfiguration.Label(settings.Name, name);

    // No inner exception: its message could hold the key that the server repeated.
    ChatException Fail(int status, string what, Exception cause) =>
        new($"{settings} {what}: {Redaction.Redact(FirstLine(cause.Message), settings.Key)}", status);

    static string FirstLine(string text)
    {
        var line = string.Join(' ', text.Split(['\n', '\r'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries));
        return line.Length <= 400 ? line : line[..400] + "...";
    }
}
