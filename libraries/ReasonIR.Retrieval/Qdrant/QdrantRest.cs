using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace ReasonIR.Retrieval.Qdrant;

/// <summary>Sends requests, reads answers and errors, and tries again what may succeed later. Thread-safe.</summary>
sealed class QdrantRest : IDisposable
{
    /// <summary>A server refuses 32 MB by default; far below it, requests share a connection and memory better.</summary>
    public const int MostRequestBytes = 4_500_000;

    const int MostAnswerBytes = 256 << 20, Attempts = 5;

    static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);

    readonly HttpClient http;
    readonly QdrantEndpoint endpoint;
    readonly TimeSpan firstWait;

    public QdrantRest(QdrantEndpoint endpoint, TimeSpan? firstWait = null)
    {
        (this.endpoint, this.firstWait) = (endpoint, firstWait ?? TimeSpan.FromMilliseconds(200));
        // Connections are renewed, so that a server that moved is found again.
        http = new(new SocketsHttpHandler { PooledConnectionLifetime = TimeSpan.FromMinutes(5), AllowAutoRedirect = false })
        {
            BaseAddress = new(endpoint.Address.AbsoluteUri.TrimEnd('/') + "/"),
            Timeout = TimeSpan.FromMinutes(5),
            MaxResponseContentBufferSize = MostAnswerBytes,
        };
        if (endpoint.Key is not null)
            http.DefaultRequestHeaders.Add("api-key", endpoint.Key);
    }

    public async Task<T> SendAsync<T>(HttpMethod method, string path, Action<Utf8JsonWriter>? body, JsonTypeInfo<QdrantAnswer<T>> type, CancellationToken cancellation, bool again = true)
    {
        var bytes = body is null ? default : Write(body);
        return await SendAsync(method, path, bytes, async content =>
        {
            try
            {
                return await JsonSerializer.DeserializeAsync(content, type, cancellation) is { } answer ? answer.Result : throw Unreadable("null");
            }
            catch (JsonException e)
            {
                throw Unreadable(e.Message);
            }
        }, cancellation, again);

        QdrantException Unreadable(string what) => new($"Qdrant at {endpoint.Address}: the answer to {method} /{path} cannot be read: {what}");
    }

    /// <summary>Sends a request and reads the answer's body.</summary>
    /// <param name="again">Whether it may be sent again: what it does twice is the same as once.</param>
    public async Task<T> SendAsync<T>(HttpMethod method, string path, ReadOnlyMemory<byte> body, Func<Stream, Task<T>> read, CancellationToken cancellation, bool again = true)
    {
        for (var attempt = 1; ; attempt++)
            try
            {
                return await SendOnceAsync(method, path, body, read, cancellation);
            }
            catch (QdrantException e) when (again && e.IsTransient && attempt < Attempts && !(e.RetryAfter > LongestWait))
            {
                // Several senders that were refused together come back apart.
                await Task.Delay(e.RetryAfter ?? firstWait * Math.Pow(2, attempt - 1) * (0.75 + Random.Shared.NextDouble() / 2), cancellation);
            }
    }

    public static ReadOnlyMemory<byte> Write(Action<Utf8JsonWriter> body)
    {
        var bytes = new ArrayBufferWriter<byte>(4096);
        using (var writer = new Utf8JsonWriter(bytes))
            body(writer);
        return bytes.WrittenMemory;
    }

    async Task<T> SendOnceAsync<T>(HttpMethod method, string path, ReadOnlyMemory<byte> body, Func<Stream, Task<T>> read, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(method, path);
        if (!body.IsEmpty)
            request.Content = new ReadOnlyMemoryContent(body) { Headers = { ContentType = new MediaTypeHeaderValue("application/json") } };
        try
        {
            using var response = await http.SendAsync(request, cancellation);
            if (!response.IsSuccessStatusCode)
                throw await ErrorAsync(method, path, response, cancellation);
            await using var content = await response.Content.ReadAsStreamAsync(cancellation);
            return await read(content);
        }
        catch (Exception e) when (e is HttpRequestException || e is OperationCanceledException && !cancellation.IsCancellationRequested)
        {
            throw new QdrantException($"Qdrant at {endpoint.Address} cannot be reached: {e.Message}", inner: e);
        }
    }

    /// <summary>An error is JSON, plain text (401) or nothing at all (an unknown path).</summary>
    async Task<QdrantException> ErrorAsync(HttpMethod method, string path, HttpResponseMessage response, CancellationToken cancellation)
    {
        var text = await response.Content.ReadAsStringAsync(cancellation);
        try
        {
            using var json = JsonDocument.Parse(text);
            if (json.RootElement.TryGetProperty("status", out var status) && status.ValueKind == JsonValueKind.Object && status.TryGetProperty("error", out var error))
                text = error.ToString();
        }
        catch (JsonException)
        {
        }
        text = text.Length > 1000 ? text[..1000] : text;
        var hint = response.StatusCode switch
        {
            HttpStatusCode.Unauthorized => " (the key of ConnectionStrings__qdrant_http is missing or wrong)",
            HttpStatusCode.Forbidden => " (the key of ConnectionStrings__qdrant_http may not write)",
            HttpStatusCode.NotFound when text.Length == 0 => " (no such path: is this Qdrant's REST port, 6333?)",
            _ => "",
        };
        return new($"Qdrant at {endpoint.Address}: {method} /{path}: {(int)response.StatusCode} {text}{hint}".Replace("  ", " "), response.StatusCode)
        {
            RetryAfter = response.Headers.RetryAfter?.Delta,
        };
    }

    public static string Escape(string name) => Uri.EscapeDataString(name);

    public void Dispose() => http.Dispose();
}
