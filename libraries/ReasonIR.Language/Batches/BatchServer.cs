using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using ReasonIR.Language.Chat;

namespace ReasonIR.Language.Batches;

/// <summary>OpenAI's <c>/files</c> and <c>/batches</c> (https://platform.openai.com/docs/api-reference/batch).</summary>
sealed class BatchServer(ChatSettings settings, ILogger log, TimeProvider time) : IDisposable
{
    /// <summary>Names our batches in their metadata.</summary>
    const string TokenField = "reasonir";

    const int MostPages = 20;

    readonly BatchHttp http = new(settings, log, time);

    /// <returns>The file's id.</returns>
    /// <exception cref="ChatException">It was refused, or the server is away.</exception>
    public async Task<string> UploadAsync(ReadOnlyMemory<byte> lines, CancellationToken cancellation)
    {
        using var form = new MultipartFormDataContent { { new StringContent("batch"), "purpose" } };
        var file = new ReadOnlyMemoryContent(lines);
        file.Headers.ContentType = new MediaTypeHeaderValue("application/jsonl");
        form.Add(file, "file", "requests.jsonl");
        using var request = http.Request(HttpMethod.Post, "/files", form);
        return http.Text(await http.SendAsync(request, cancellation), "id");
    }

    /// <summary>Creates the batch once: where it is not known whether the server took it, it is looked for by its token before it is sent again.</summary>
    public async Task<ServerBatch> CreateAsync(string file, string token, CancellationToken cancellation)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                using var request = http.Request(HttpMethod.Post, "/batches", JsonContent.Create(new
                {
                    input_file_id = file,
                    endpoint = "/v1/chat/completions",
                    completion_window = "24h",
                    metadata = new Dictionary<string, string> { [TokenField] = token },
                }));
                return Read(await http.SendOnceAsync(request, cancellation));
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
        using var request = http.Request(HttpMethod.Get, $"/batches/{Uri.EscapeDataString(id)}");
        return Read(await http.SendAsync(request, cancellation));
    }

    /// <summary>The batch with a token among the newest ones, or null.</summary>
    public async Task<ServerBatch?> FindAsync(string token, CancellationToken cancellation)
    {
        string? after = null;
        for (var page = 0; page < MostPages; page++)
        {
            using var request = http.Request(HttpMethod.Get, $"/batches?limit=100{(after is null ? "" : $"&after={Uri.EscapeDataString(after)}")}");
            var list = await http.SendAsync(request, cancellation);
            if (!list.TryGetProperty("data", out var batches) || batches.ValueKind != JsonValueKind.Array)
                return null;
            foreach (var batch in batches.EnumerateArray())
            {
                after = http.Text(batch, "id");
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
        using var request = http.Request(HttpMethod.Get, $"/files/{Uri.EscapeDataString(file)}/content");
        using var stalled = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using var response = await http.OpenAsync(request, stalled.Token);
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
                throw http.Fail(0, $"broke off file {file}", error.Message);
            }
            if (line is null)
                yield break;
            if (line.Length > 0)
                yield return line;
        }
    }

    public void Dispose() => http.Dispose();

    ServerBatch Read(JsonElement batch)
    {
        string? error = null;
        if (batch.TryGetProperty("errors", out var errors) && errors.ValueKind == JsonValueKind.Object && errors.TryGetProperty("data", out var list) && list.ValueKind == JsonValueKind.Array)
            error = string.Join("; ", list.EnumerateArray().Take(3).Select(one => one.ToString()));
        return new(http.Text(batch, "id"), http.Text(batch, "status"), BatchHttp.Optional(batch, "output_file_id"), BatchHttp.Optional(batch, "error_file_id"), error is null ? null : Redaction.Redact(error, settings.Key));
    }
}
