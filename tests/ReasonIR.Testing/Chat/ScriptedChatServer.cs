using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ReasonIR.Testing.Chat;

/// <summary>
/// An OpenAI-compatible chat server on a free loopback port that does what a script says and keeps a ledger of every call. It stands in
/// for the one thing that is outside the system.
/// </summary>
public sealed class ScriptedChatServer : IAsyncDisposable
{
    readonly WebApplication app;
    readonly Lock gate = new();
    readonly List<ChatCall> calls = [];
    readonly Dictionary<string, int> seen = [];

    ScriptedChatServer(WebApplication app, Func<ChatCall, ScriptedReply> script)
    {
        (this.app, Script) = (app, script);
        Batches = new(this);
    }

    public static async Task<ScriptedChatServer> StartAsync(Func<ChatCall, ScriptedReply> script, CancellationToken cancellation)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var server = new ScriptedChatServer(app, script);
        app.MapPost("/v1/chat/completions", server.HandleAsync);
        server.Batches.Map(app);
        await app.StartAsync(cancellation);
        server.Endpoint = new Uri(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First() + "/v1");
        return server;
    }

    public Uri Endpoint { get; private set; } = null!;

    /// <summary>Its batches.</summary>
    public ScriptedBatches Batches { get; }

    /// <summary>May be replaced at any time.</summary>
    public Func<ChatCall, ScriptedReply> Script { get; set; }

    /// <summary>Every call so far, in the order of arrival.</summary>
    public IReadOnlyList<ChatCall> Calls
    {
        get { lock (gate) return [.. calls]; }
    }

    public int Answered => Calls.Count(call => call.Outcome == CallOutcome.Answered);

    /// <summary>Requests that got a whole answer more than once: what a client paid twice.</summary>
    public IReadOnlyList<string> AnsweredTwice =>
        [.. Calls.Where(call => call.Outcome == CallOutcome.Answered).GroupBy(call => call.Body).Where(same => same.Count() > 1).Select(same => same.Key)];

    public async ValueTask DisposeAsync()
    {
        using var impatient = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        await app.StopAsync(impatient.Token);
        await app.DisposeAsync();
    }

    async Task HandleAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body);
        var body = await reader.ReadToEndAsync(http.RequestAborted);
        var call = Note(body, http.Request.Headers.Authorization);
        try
        {
            call.Outcome = await ReplyAsync(http, call, Script(call));
        }
        catch (OperationCanceledException) when (http.RequestAborted.IsCancellationRequested)
        {
            call.Outcome = CallOutcome.Abandoned;
        }
    }

    ChatCall Note(string body, string? authorization)
    {
        using var document = JsonDocument.Parse(body);
        lock (gate)
        {
            var repetition = seen[body] = seen.GetValueOrDefault(body, -1) + 1;
            var call = new ChatCall { Number = calls.Count, Body = body, Json = document.RootElement.Clone(), Authorization = authorization, Repetition = repetition };
            calls.Add(call);
            return call;
        }
    }

    /// <summary>A line of a batch: its status and body.</summary>
    internal (int Status, JsonElement Body) AnswerLine(string body)
    {
        var call = Note(body, null);
        var reply = Script(call);
        if (reply is ScriptedReply.Status status)
        {
            call.Outcome = CallOutcome.Refused;
            return (status.Code, JsonSerializer.SerializeToElement(new { error = new { message = status.Message, type = "scripted" } }));
        }
        call.Outcome = CallOutcome.Answered;
        return (200, reply is ScriptedReply.Answer answer ? JsonSerializer.Deserialize<JsonElement>(Completion(call, answer)) : throw new NotSupportedException(reply.GetType().Name));
    }

    static async Task<CallOutcome> ReplyAsync(HttpContext http, ChatCall call, ScriptedReply reply)
    {
        var cancellation = http.RequestAborted;
        switch (reply)
        {
            case ScriptedReply.Late late:
                await Task.Delay(late.Pause, cancellation);
                if (late.Gate is not null)
                    await late.Gate.WaitAsync(cancellation);
                return await ReplyAsync(http, call, late.Reply);
            case ScriptedReply.Status status:
                http.Response.StatusCode = status.Code;
                if (status.RetryAfter is not null)
                    http.Response.Headers.RetryAfter = status.RetryAfter;
                await http.Response.WriteAsJsonAsync(new { error = new { message = status.Message, type = "scripted" } }, cancellation);
                return CallOutcome.Refused;
            case ScriptedReply.Drop drop:
                var whole = Completion(call, new ScriptedReply.Answer(new string('x', 1000)));
                if (drop.AfterBytes > 0)
                {
                    http.Response.ContentType = "application/json";
                    http.Response.ContentLength = whole.Length;
                    await http.Response.Body.WriteAsync(whole.AsMemory(0, drop.AfterBytes), cancellation);
                    await http.Response.Body.FlushAsync(cancellation);
                }
                http.Abort();
                return CallOutcome.Broken;
            case ScriptedReply.TruncatedBody:
                await WriteAsync(http, Completion(call, new ScriptedReply.Answer("cut"))[..60], cancellation);
                return CallOutcome.Broken;
            case ScriptedReply.Raw raw:
                await WriteAsync(http, Encoding.UTF8.GetBytes(raw.Body), cancellation);
                return CallOutcome.Broken;
            case ScriptedReply.Huge huge:
                await WriteAsync(http, Completion(call, new ScriptedReply.Answer(new string('x', huge.Bytes))), cancellation);
                return CallOutcome.Answered;
            case ScriptedReply.Answer answer:
                await WriteAsync(http, Completion(call, answer), cancellation);
                return CallOutcome.Answered;
            default:
                throw new NotSupportedException(reply.GetType().Name);
        }
    }

    static async Task WriteAsync(HttpContext http, byte[] body, CancellationToken cancellation)
    {
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = body.Length;
        await http.Response.Body.WriteAsync(body, cancellation);
        await http.Response.CompleteAsync();
    }

    static byte[] Completion(ChatCall call, ScriptedReply.Answer answer) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        id = $"scripted-{call.Number}",
        @object = "chat.completion",
        created = 1_700_000_000,
        model = call.Json.GetProperty("model").GetString(),
        choices = new[]
        {
            new { index = 0, message = Message(answer), finish_reason = answer.FinishReason },
        },
        usage = answer.Usage
            ? new { prompt_tokens = answer.PromptTokens, completion_tokens = answer.CompletionTokens, total_tokens = answer.PromptTokens + answer.CompletionTokens }
            : null,
    });

    static Dictionary<string, string?> Message(ScriptedReply.Answer answer)
    {
        var message = new Dictionary<string, string?> { ["role"] = "assistant", ["content"] = answer.Text, ["refusal"] = answer.Refusal };
        if (answer.Reasoning is not null)
            message[answer.ReasoningField] = answer.Reasoning;
        return message;
    }
}
