using System.Net.Http.Headers;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using ReasonIR.Language.Chat;

namespace ReasonIR.Language.Batches;

/// <summary>Requests of a batch server: JSON answers, bounded, and errors in words without keys.</summary>
sealed class BatchHttp : IDisposable
{
    static readonly TimeSpan UploadTime = TimeSpan.FromMinutes(15);

    readonly ChatSettings settings;
    readonly HttpClient patient, plain;
    readonly string address;

    public BatchHttp(ChatSettings settings, ILogger log, TimeProvider time)
    {
        this.settings = settings;
        address = settings.Endpoint!.AbsoluteUri.TrimEnd('/');
        var pace = new Pace(new ChatSettings { Concurrency = 2 }, time);
        patient = Client(new RetryHandler(settings, pace, log, time, Sockets(), UploadTime > settings.Timeout ? UploadTime : settings.Timeout));
        plain = Client(Sockets());
    }

    /// <summary>An object, after as many attempts as the endpoint's settings allow.</summary>
    /// <exception cref="ChatException">It was refused, or the server is away.</exception>
    public Task<JsonElement> SendAsync(HttpRequestMessage request, CancellationToken cancellation) => SendAsync(patient, request, cancellation);

    /// <summary>The same in one attempt.</summary>
    /// <exception cref="ChatException">It was refused, or it is not known what became of it.</exception>
    public Task<JsonElement> SendOnceAsync(HttpRequestMessage request, CancellationToken cancellation) => SendAsync(plain, request, cancellation);

    /// <summary>An answer to be read by the caller.</summary>
    public Task<HttpResponseMessage> OpenAsync(HttpRequestMessage request, CancellationToken cancellation) => OpenAsync(patient, request, cancellation);

    public void Dispose()
    {
        patient.Dispose();
        plain.Dispose();
    }

    async Task<JsonElement> SendAsync(HttpClient client, HttpRequestMessage request, CancellationToken cancellation)
    {
        using var response = await OpenAsync(client, request, cancellation);
        try
        {
            using var document = JsonDocument.Parse(await BoundedAnswerHandler.ReadAsync(response.Content, settings, cancellation));
            return document.RootElement.ValueKind == JsonValueKind.Object ? document.RootElement.Clone() : throw new JsonException("expected an object");
        }
        catch (Exception error) when (error is JsonException or IOException or HttpRequestException or AnswerTooLargeException)
        {
            throw Fail(0, $"gave no answer that can be read to {request.RequestUri!.AbsolutePath}", error.Message);
        }
    }

    async Task<HttpResponseMessage> OpenAsync(HttpClient client, HttpRequestMessage request, CancellationToken cancellation)
    {
        HttpResponseMessage response;
        try
        {
            response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
        }
        catch (Exception error) when (error is HttpRequestException or IOException or Polly.Timeout.TimeoutRejectedException)
        {
            throw Fail(0, $"could not be reached at {request.RequestUri!.AbsolutePath}", error.Message);
        }
        if (response.IsSuccessStatusCode)
            return response;
        using (response)
        {
            var body = await response.Content.ReadAsStringAsync(cancellation);
            throw Fail((int)response.StatusCode, $"answered HTTP {(int)response.StatusCode} to {request.Method} {request.RequestUri!.AbsolutePath}", body.Length > 400 ? body[..400] : body);
        }
    }

    public HttpRequestMessage Request(HttpMethod method, string path, HttpContent? content = null)
    {
        var request = new HttpRequestMessage(method, address + path) { Content = content };
        if (!string.IsNullOrEmpty(settings.Key))
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", settings.Key);
        return request;
    }

    public ChatException Fail(int status, string what, string why) => new($"{settings} {what}: {Redaction.Redact(why.ReplaceLineEndings(" "), settings.Key)}", status);

    public string Text(JsonElement element, string name) => Optional(element, name) ?? throw Fail(0, "answered something that is no batch", $"expected a text in {name}");

    public static string? Optional(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;

    static SocketsHttpHandler Sockets() => new() { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(10) };

    static HttpClient Client(HttpMessageHandler handler) => new(handler) { Timeout = Timeout.InfiniteTimeSpan };
}
