using System.Collections.Concurrent;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace ReasonIR.Testing.Chat;

/// <summary>A batch as the scripted server keeps it.</summary>
public sealed class ScriptedBatch
{
    public required string Id { get; init; }

    public required string Token { get; init; }

    /// <summary>The file's lines: id and request body.</summary>
    public required IReadOnlyList<(string Id, string Body)> Lines { get; init; }

    /// <summary>How often its state was asked for.</summary>
    public int Polls { get; internal set; }

    public string State { get; internal set; } = "validating";

    internal string? Output { get; set; }

    internal string? Errors { get; set; }
}

/// <summary>OpenAI's /files and /batches of the scripted server. Lines are answered by the server's own script, and stand in its ledger.</summary>
public sealed class ScriptedBatches
{
    readonly ScriptedChatServer server;
    readonly ConcurrentDictionary<string, string> files = new();
    readonly Lock gate = new();
    readonly List<ScriptedBatch> all = [];

    internal ScriptedBatches(ScriptedChatServer server) => this.server = server;

    /// <summary>Every batch that was created.</summary>
    public IReadOnlyList<ScriptedBatch> All
    {
        get { lock (gate) return [.. all]; }
    }

    /// <summary>A batch's state when it is asked for: <c>in_progress</c>, <c>completed</c>, <c>expired</c>, <c>failed</c>, ... Completed at once unless it is replaced.</summary>
    public Func<ScriptedBatch, string> State { get; set; } = _ => "completed";

    /// <summary>The lines that a batch that expires still answers.</summary>
    public int AnsweredBeforeExpiry { get; set; }

    /// <summary>Called with the path of each request before it is worked on; an answer other than null is sent in its place.</summary>
    public Func<string, string, IResult?> Trouble { get; set; } = (_, _) => null;

    /// <summary>Called with a batch that was created before its answer goes out; false cuts the connection.</summary>
    public Func<ScriptedBatch, bool> Created { get; set; } = _ => true;

    /// <summary>May change the file of answers before it goes out.</summary>
    public Func<string, string> Output { get; set; } = text => text;

    internal void Map(WebApplication app)
    {
        app.MapPost("/v1/files", async (HttpContext http) =>
        {
            if (Trouble("POST", "/files") is { } trouble)
                return trouble;
            var form = await http.Request.ReadFormAsync(http.RequestAborted);
            using var reader = new StreamReader(form.Files["file"]!.OpenReadStream());
            var id = $"file-{Guid.NewGuid():N}";
            files[id] = await reader.ReadToEndAsync(http.RequestAborted);
            return Results.Json(new { id, @object = "file", purpose = form["purpose"].ToString(), bytes = files[id].Length });
        });
        app.MapPost("/v1/batches", (HttpContext http, JsonElement body) =>
        {
            if (Trouble("POST", "/batches") is { } trouble)
                return trouble;
            var batch = new ScriptedBatch
            {
                Id = $"batch-{Guid.NewGuid():N}",
                Token = body.GetProperty("metadata").GetProperty("reasonir").GetString()!,
                Lines = [.. files[body.GetProperty("input_file_id").GetString()!].Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(ReadLine)],
            };
            lock (gate)
                all.Add(batch);
            if (Created(batch))
                return Results.Json(Describe(batch));
            http.Abort();
            return Results.Empty;
        });
        app.MapGet("/v1/batches", (string? after, int limit) =>
        {
            if (Trouble("GET", "/batches") is { } trouble)
                return trouble;
            var newest = All.Reverse().SkipWhile(batch => after is not null && batch.Id != after).Skip(after is null ? 0 : 1).ToList();
            return Results.Json(new { @object = "list", data = newest.Take(Math.Min(limit, 2)).Select(Describe), has_more = newest.Count > Math.Min(limit, 2) });
        });
        app.MapGet("/v1/batches/{id}", (string id) =>
        {
            if (Trouble("GET", "/batches/ID") is { } trouble)
                return trouble;
            if (All.SingleOrDefault(batch => batch.Id == id) is not { } batch)
                return Results.Json(new { error = new { message = "no such batch" } }, statusCode: 404);
            lock (gate)
            {
                batch.Polls++;
                if (batch.Output is null && (batch.State = State(batch)) is "completed" or "expired")
                    Finish(batch);
            }
            return Results.Json(Describe(batch));
        });
        app.MapGet("/v1/files/{id}/content", (string id) => Trouble("GET", "/files/ID/content") ?? Results.Text(Output(files[id]), "application/jsonl"));
    }

    static (string Id, string Body) ReadLine(string line)
    {
        using var json = JsonDocument.Parse(line);
        return (json.RootElement.GetProperty("custom_id").GetString()!, json.RootElement.GetProperty("body").GetRawText());
    }

    static object Describe(ScriptedBatch batch) => new
    {
        id = batch.Id, @object = "batch", status = batch.State, output_file_id = batch.Output, error_file_id = batch.Errors,
        errors = batch.State == "failed" ? new { data = new[] { new { code = "invalid", message = "the file is not to the server's liking" } } } : null,
        metadata = new { reasonir = batch.Token },
    };

    void Finish(ScriptedBatch batch)
    {
        var (output, errors) = (new StringBuilder(), new StringBuilder());
        foreach (var (index, (id, body)) in batch.Lines.Index())
        {
            if (batch.State == "expired" && index >= AnsweredBeforeExpiry)
            {
                errors.Append(JsonSerializer.Serialize(new { custom_id = id, response = (object?)null, error = new { code = "batch_expired", message = "This request could not be executed before the completion window expired." } })).Append('\n');
                continue;
            }
            var (status, answer) = server.AnswerLine(body);
            (status == 200 ? output : errors).Append(JsonSerializer.Serialize(new { id = $"line-{index}", custom_id = id, response = new { status_code = status, body = answer }, error = (object?)null })).Append('\n');
        }
        // Both files hold their lines in any order.
        files[batch.Output = $"file-{Guid.NewGuid():N}"] = string.Concat(output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Reverse().Select(line => line + "\n"));
        if (errors.Length > 0)
            files[batch.Errors = $"file-{Guid.NewGuid():N}"] = errors.ToString();
    }
}
