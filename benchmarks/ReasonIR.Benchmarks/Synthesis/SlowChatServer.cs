using System.Collections.Concurrent;
using System.Diagnostics;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ReasonIR.Benchmarks.Synthesis;

/// <summary>A chat server that answers each request after the same time with what fits, and knows when it was busy. It teaches nothing.</summary>
sealed class SlowChatServer : IAsyncDisposable
{
    static readonly string Filler = string.Join(' ', Enumerable.Range(0, 320).Select(number => $"word{number * 7919 % 997}"));

    readonly WebApplication app;
    readonly TimeSpan latency;
    readonly ConcurrentQueue<long> answered = [];
    int number, inFlight, most;

    SlowChatServer(WebApplication app, TimeSpan latency) => (this.app, this.latency) = (app, latency);

    public Uri Endpoint { get; private set; } = null!;

    /// <summary>Most requests in flight at a time.</summary>
    public int MostInFlight => most;

    public static async Task<SlowChatServer> StartAsync(TimeSpan latency, CancellationToken cancellation)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var server = new SlowChatServer(builder.Build(), latency);
        server.app.MapPost("/v1/chat/completions", server.AnswerAsync);
        await server.app.StartAsync(cancellation);
        server.Endpoint = new Uri(server.app.Urls.First() + "/v1");
        return server;
    }

    /// <summary>Answers a second, between the answer at a tenth of all and that at nine tenths: without the start and the end of the run.</summary>
    public double Rate()
    {
        var times = answered.Order().ToList();
        var (from, to) = (times.Count / 10, times.Count * 9 / 10);
        return (to - from) / Stopwatch.GetElapsedTime(times[from], times[to]).TotalSeconds;
    }

    /// <summary>Answers a second from the first answer to the last.</summary>
    public double WholeRate()
    {
        var times = answered.Order().ToList();
        return times.Count / (Stopwatch.GetElapsedTime(times[0], times[^1]) + latency).TotalSeconds;
    }

    async Task AnswerAsync(HttpContext http)
    {
        var now = Interlocked.Increment(ref inFlight);
        for (var seen = Volatile.Read(ref most); now > seen; seen = Volatile.Read(ref most))
            Interlocked.CompareExchange(ref most, now, seen);
        var wait = Task.Delay(latency, http.RequestAborted);
        using var body = await JsonDocument.ParseAsync(http.Request.Body, cancellationToken: http.RequestAborted);
        var schema = body.RootElement.GetProperty("response_format").GetProperty("json_schema").GetProperty("name").GetString();
        var own = Interlocked.Increment(ref this.number);
        object value = schema == "hard-query"
            ? new { field = "none", ideas = new[] { "an idea" }, situations = new[] { "a situation" }, queries = new[] { new { link = "from here to there", query = $"Number {own} has a problem that takes some thought: what would anybody do here?" } } }
            : new { temptation = "shares a number", gap = "talks about something else", title = $"Text {own}", text = Filler };
        await wait;
        Interlocked.Decrement(ref inFlight);
        answered.Enqueue(Stopwatch.GetTimestamp());
        await http.Response.WriteAsJsonAsync(new
        {
            id = $"slow-{own}", @object = "chat.completion", created = 1_700_000_000, model = "slow",
            choices = new[] { new { index = 0, message = new { role = "assistant", content = JsonSerializer.Serialize(value) }, finish_reason = "stop" } },
            usage = new { prompt_tokens = 400, completion_tokens = 300, total_tokens = 700 },
        }, http.RequestAborted);
    }

    public async ValueTask DisposeAsync() => await app.DisposeAsync();
}
