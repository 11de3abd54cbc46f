using System.Text.Json;
using ReasonIR.Language.Chat;
using ReasonIR.Language.Spending;

namespace ReasonIR.Language.Batches;

/// <summary>Reads what a batch brought: answers go into the cache, each with its cost; lines without one are told apart.</summary>
sealed class BatchResults(BatchServer server, IAnswerCache cache, ChatSettings settings, TimeProvider time)
{
    static readonly ChatRequest Unknown = new([], 0);

    /// <summary>Answers stored together: they share round trips.</summary>
    const int AtOnce = 64;

    /// <param name="price">Today's, or null.</param>
    /// <param name="requests">Those this process knows: for servers that count no tokens.</param>
    /// <returns>The lines without an answer, whether the server says why or not.</returns>
    /// <exception cref="ChatException">The files could not be read: try again later. Answers read before that are kept.</exception>
    public async Task<IReadOnlyList<FailedLine>> CollectAsync(ServerBatch batch, OpenBatch open, Price? price, IReadOnlyDictionary<string, BatchWaiter> requests, CancellationToken cancellation)
    {
        var missing = open.Lines.ToDictionary(line => line.Hash);
        var failed = new Dictionary<string, FailedLine>();
        var storing = new List<Task>();
        try
        {
            foreach (var file in new[] { batch.OutputFile, batch.ErrorFile }.OfType<string>())
                await foreach (var text in server.ReadAsync(file, cancellation))
                {
                    var (hash, answer, failure) = Read(text, requests);
                    // A line that comes twice, or belongs to nobody, is left out.
                    if (hash is null || !missing.TryGetValue(hash, out var line))
                        continue;
                    if (answer is null)
                    {
                        failed[hash] = failure!;
                        continue;
                    }
                    missing.Remove(hash);
                    failed.Remove(hash);
                    storing.Add(StoreAsync(line, answer, price, cancellation));
                    if (storing.Count == AtOnce)
                        await EndAsync(storing);
                }
        }
        finally
        {
            // Also where the file broke off: it is read again, and must not meet what is still being stored.
            await EndAsync(storing);
        }
        // What came from elsewhere meanwhile, or was read before a process died, lacks nothing.
        string[] hashes = [.. missing.Keys];
        var known = await Task.WhenAll(hashes.Select(hash => cache.FindAsync(hash, cancellation)));
        foreach (var (hash, _) in hashes.Zip(known).Where(pair => pair.Second is not null))
            missing.Remove(hash);
        return [.. missing.Keys.Select(hash => failed.GetValueOrDefault(hash) ?? new FailedLine(hash, 0, batch.State == "completed" ? "the batch holds no answer" : $"the batch ended as {batch.State}"))];
    }

    static async Task EndAsync(List<Task> storing)
    {
        Task[] all = [.. storing];
        storing.Clear();
        await Task.WhenAll(all);
    }

    async Task StoreAsync(BatchLine line, ChatAnswer answer, Price? price, CancellationToken cancellation)
    {
        // Read a second time after a process died in the middle: what is kept is paid for already.
        if (await cache.FindAsync(line.Hash, cancellation) is not null)
            return;
        var cost = (price?.Cost(answer.Usage) ?? 0) * settings.BatchPriceFactor;
        await cache.StoreAsync(new PaidCall(line.Hash, settings.Name, settings.Model!, line.Purpose, answer, cost, TimeSpan.Zero, time.GetUtcNow(), Batch: true), CancellationToken.None);
    }

    /// <summary>A line such as <c>{"custom_id": "...", "response": {"status_code": 200, "body": {...}}, "error": null}</c>.</summary>
    (string? Hash, ChatAnswer? Answer, FailedLine? Failure) Read(string text, IReadOnlyDictionary<string, BatchWaiter> requests)
    {
        JsonDocument document;
        try
        {
            document = JsonDocument.Parse(text);
        }
        catch (JsonException)
        {
            return default;
        }
        using (document)
        {
            var line = document.RootElement;
            if (line.ValueKind != JsonValueKind.Object || !line.TryGetProperty("custom_id", out var id) || id.ValueKind != JsonValueKind.String || id.GetString() is not { } hash)
                return default;
            if (!line.TryGetProperty("response", out var response) || response.ValueKind != JsonValueKind.Object)
                return (hash, null, new FailedLine(hash, 0, Error(line)));
            var status = response.TryGetProperty("status_code", out var code) && code.ValueKind == JsonValueKind.Number && code.TryGetInt32(out var number) ? number : 0;
            if (status is < 200 or > 299 || !response.TryGetProperty("body", out var body))
                return (hash, null, new FailedLine(hash, status, Error(response.TryGetProperty("body", out body) ? body : line)));
            try
            {
                return (hash, Completion.Read(body, requests.GetValueOrDefault(hash)?.Request ?? Unknown), null);
            }
            catch (FormatException error)
            {
                return (hash, null, new FailedLine(hash, 0, $"the line is no chat completion: {error.Message}"));
            }
        }
    }

    string Error(JsonElement holder)
    {
        var text = holder.ValueKind == JsonValueKind.Object && holder.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object
            ? error.TryGetProperty("message", out var message) ? message.ToString() : error.ToString()
            : "the line holds neither answer nor error";
        return Redaction.Redact(text.Length > 400 ? text[..400] : text, settings.Key);
    }
}
