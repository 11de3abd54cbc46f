using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using ReasonIR.Language.Chat;

namespace ReasonIR.Language.Batches;

/// <param name="State"><c>validating</c>, <c>in_progress</c>, <c>finalizing</c>, <c>completed</c>, <c>failed</c>, <c>expired</c>, <c>cancelling</c>, <c>cancelled</c>.</param>
/// <param name="Error">Why the server refused the file, or null.</param>
sealed record ServerBatch(string Id, string State, string? OutputFile, string? ErrorFile, string? Error)
{
    public bool HasEnded => State is "completed" or "failed" or "expired" or "cancelled";
}

/// <summary>OpenAI's <c>/files</c> and <c>/batches</c> (https://platform.openai.com/docs/api-reference/batch).</summary>
sealed class BatchServer : IDisposable
{
    /// <summary>Names our batches in their metadata.</summary>
    const string TokenField = "reasonir";

    const int MostPages = 20;

    static readonly TimeSpan UploadTime = TimeSpan.FromMinutes(15);

    readonly ChatSettings settings;
    readonly TimeProvider time;
    readonly HttpClient patient, plain;
    readonly string address;

    public BatchServer(ChatSettings settings, ILogger log, TimeProvider time)
    {
        (this.settings, this.time) = (settings, time);
        address = settings.Endpoint!.AbsoluteUri.TrimEnd('/');
        var pace = new Pace(new ChatSettings { Concurrency = 2 }, time);
        patient = Client(new RetryHandler(settings, pace, log, time, Sockets(), UploadTime > settings.Timeout ? UploadTime : settings.Timeout));
        plain = Client(Sockets());
    }

    /// <returns>The file's id.</returns>
    /// <exception cref="ChatException">It was refused, or the server is away.</exception>
    public async Task<string> UploadAsync(ReadOnlyMemory<byte> lines, CancellationToken cancellation)
    {
        using var form = new MultipartFormDataContent { { new StringContent("batch"), "purpose" } };
        var file = new ReadOnlyMemoryContent(lines);
        file.Headers.ContentType = new MediaTypeHeaderValue("application/jsonl");
        form.Add(file, "file", "requests.jsonl");
        using var request = Request(HttpMethod.Post, "/files", form);
        return Text(await SendAsync(patient, request, cancellation), "id");
    }

    /// <summary>Creates the batch once: where it is not known whether the server took it, it is looked for by its token before it is sent again.</summary>
    public async Task<ServerBatch> CreateAsync(string file, string token, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                using var request = Request(HttpMethod.Post, "/batches", JsonContent.Create(new
                {
                    input_file_id = file,
                    endpoint = "/v1/chat/completions",
                    completion_window = "24h",
                    metadata = new Dictionary<string, string> { [TokenField] = token },
                }));
                return Read(await SendAsync(plain, request, cancellation));
            }
            catch (ChatException error) when (error.Status is 0 or 408 or 429 or >= 500 && attempt < settings.MaxAttempts)
            {
                var pause = TimeSpan.FromSeconds(Math.Min(Math.Pow(2, attempt - 2), settings.MaxRetryDelay.TotalSeconds));
                await Task.Delay(pause, time, cancellation);
                if (await FindAsync(token, cancellation) is { } there)
                    return there;
            }
        }
    }

    public async Task<ServerBatch> GetAsync(string id, CancellationToken cancellation)
    {
        using var request = Request(HttpMethod.Get, $"/batches/{Uri.EscapeDataString(id)}");
        return Read(await SendAsync(patient, request, cancellation));
    }

    /// <summary>The batch with a token among the newest ones, or null.</summary>
    public async Task<ServerBatch?> FindAsync(string token, CancellationToken cancellation)
    {
        string? after = null;
        for (var page = 0; page < MostPages; page++)
        {
            using var request = Request(HttpMethod.Get, $"/batches?limit=100{(after is null ? "" : $"&after={Uri.EscapeDataString(after)}")}");
            var list = await SendAsync(patient, request, cancellation);
            if (!list.TryGetProperty("data", out var batches) || batches.ValueKind != JsonValueKind.Array)
                return null;
            foreach (var batch in batches.EnumerateArray())
            {
                after = Text(batch, "id");
                if (batch.TryGetProperty("metadata", out var metadata) && metadata.ValueKind == JsonValueKind.Object && metadata.TryGetProperty(TokenField, out var found) && found.ValueEquals(token))
                    return Read(batch);
            }
            if (!list.TryGetProperty("has_more", out var more) || more.ValueKind != JsonValueKind.True)
                return null;
        }
        return null;
    }

    /// <summary>The lines of a file as they come; a line above the bound of an answer ends it with an error.</summary>
    /// <exception cref="ChatException">The connection broke off: the file can be read again.</exception>
    public async IAsyncEnumerable<string> ReadAsync(string file, [EnumeratorCancellation] CancellationToken cancellation)
    {
        using var request = Request(HttpMethod.Get, $"/files/{Uri.EscapeDataString(file)}/content");
        using var stalled = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var response = await OpenAsync(patient, request, stalled.Token);
        await using var stream = await response.Content.ReadAsStreamAsync(stalled.Token);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        // An answer's text may be escaped, six bytes a character at worst.
        var bounded = new LineReader(reader, (long)settings.MaxAnswerBytes * 6 + 65_536);
        while (true)
        {
            string? line;
            stalled.CancelAfter(settings.Timeout);
            try
            {
                line = await bounded.ReadAsync(stalled.Token);
            }
            catch (Exception error) when (error is IOException or HttpRequestException or OperationCanceledException && !cancellation.IsCancellationRequested)
            {
                throw Fail(0, $"broke off file {file}", error.Message);
            }
            if (line is null)
                yield break;
            if (line.Length > 0)
                yield return line;
        }
    }

    public void Dispose()
    {
        patient.Dispose();
        plain.Dispose();
    }

    async Task<JsonElement> SendAsync(HttpClient http, HttpRequestMessage request, CancellationToken cancellation)
    {
        using var response = await OpenAsync(http, request, cancellation);
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

    async Task<HttpResponseMessage> OpenAsync(HttpClient http, HttpRequestMessage request, CancellationToken cancellation)
    {
        HttpResponseMessage response;
        try
        {
            response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
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

    HttpRequestMessage Request(HttpMethod method, string path, HttpContent? content = null)
    {
        var request = new HttpRequestMessage(method, address + path) { Content = content };
        if (!string.IsNullOrEmpty(settings.Key))
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", settings.Key);
        return request;
    }

    ChatException Fail(int status, string what, string why) => new($"{settings} {what}: {Redaction.Redact(why.ReplaceLineEndings(" "), settings.Key)}", status);

    ServerBatch Read(JsonElement batch)
    {
        string? error = null;
        if (batch.TryGetProperty("errors", out var errors) && errors.ValueKind == JsonValueKind.Object && errors.TryGetProperty("data", out var list) && list.ValueKind == JsonValueKind.Array)
            error = string.Join("; ", list.EnumerateArray().Take(3).Select(one => one.ToString()));
        return new(Text(batch, "id"), Text(batch, "status"), Optional(batch, "output_file_id"), Optional(batch, "error_file_id"), error is null ? null : Redaction.Redact(error, settings.Key));
    }

    string Text(JsonElement element, string name) => Optional(element, name) ?? throw Fail(0, "answered something that is no batch", $"expected a text in {name}");

    static string? Optional(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text ? text : null;

    static SocketsHttpHandler Sockets() => new() { AllowAutoRedirect = false, PooledConnectionLifetime = TimeSpan.FromMinutes(10) };

    static HttpClient Client(HttpMessageHandler handler) => new(handler) { Timeout = Timeout.InfiniteTimeSpan };
}
