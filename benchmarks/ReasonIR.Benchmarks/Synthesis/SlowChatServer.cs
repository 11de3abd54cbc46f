using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ReasonIR.Benchmarks.Synthesis;

/// <summary>
/// A chat server that answers each request after the same time with what fits, and knows when it was busy. It teaches nothing, and spends
/// little of the machine that it shares with what is measured: its answers are made beforehand, but for a number that tells them apart.
/// </summary>
sealed class SlowChatServer
{
    /// <summary>What starts it, in a process of its own.</summary>
    public const string Verb = "probe-chat-server";

    const string Number = "00000000";
    static readonly string Filler = string.Join(' ', Enumerable.Range(0, 320).Select(number => $"word{number * 7919 % 997}"));
    static readonly byte[] Query = Body(new
    {
        field = "none", ideas = new[] { "an idea" }, situations = new[] { "a situation" },
        queries = new[] { new { link = "from here to there", query = $"Number {Number} has a problem that takes some thought: what would anybody do here?" } },
    });
    static readonly byte[] Negative = Body(new { temptation = "shares a number", gap = "talks about something else", title = $"Text {Number}", text = Filler });

    readonly TimeSpan latency;
    readonly long[] answered = new long[1_000_000];
    int number, inFlight, most, done;

    SlowChatServer(TimeSpan latency) => this.latency = latency;

    /// <summary>Serves until its standard input ends; the address is the first line that it prints.</summary>
    public static async Task<int> RunAsync(string milliseconds)
    {
        var builder = WebApplication.CreateEmptyBuilder(new());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        await using var app = builder.Build();
        var server = new SlowChatServer(TimeSpan.FromMilliseconds(int.Parse(milliseconds, CultureInfo.InvariantCulture)));
        app.Run(http => http.Request.Method == "GET" ? server.TellAsync(http) : server.AnswerAsync(http));
        await app.StartAsync();
        Console.WriteLine(app.Urls.First() + "/v1");
        await Console.In.ReadToEndAsync();
        return 0;
    }

    async Task AnswerAsync(HttpContext http)
    {
        var now = Interlocked.Increment(ref inFlight);
        for (var seen = Volatile.Read(ref most); now > seen; seen = Volatile.Read(ref most))
            Interlocked.CompareExchange(ref most, now, seen);
        var wait = Task.Delay(latency, http.RequestAborted);
        var own = Interlocked.Increment(ref number);
        var template = await IsQueryAsync(http) ? Query : Negative;
        var body = (byte[])template.Clone();
        var digits = Encoding.ASCII.GetBytes(own.ToString("D8", CultureInfo.InvariantCulture));
        for (var at = body.AsSpan().IndexOf("00000000"u8); at >= 0; at = body.AsSpan().IndexOf("00000000"u8))
            digits.CopyTo(body, at);
        await wait;
        Interlocked.Decrement(ref inFlight);
        answered[Interlocked.Increment(ref done) - 1] = Stopwatch.GetTimestamp();
        http.Response.ContentType = "application/json";
        http.Response.ContentLength = body.Length;
        await http.Response.Body.WriteAsync(body, http.RequestAborted);
    }

    /// <summary>Whether a query is asked for: the schema's name says so.</summary>
    static async Task<bool> IsQueryAsync(HttpContext http)
    {
        while (true)
        {
            var read = await http.Request.BodyReader.ReadAsync(http.RequestAborted);
            if (!read.IsCompleted)
            {
                http.Request.BodyReader.AdvanceTo(read.Buffer.Start, read.Buffer.End);
                continue;
            }
            var found = new SequenceReader<byte>(read.Buffer).TryReadTo(out ReadOnlySequence<byte> _, "\"name\":\"hard-query\""u8);
            http.Request.BodyReader.AdvanceTo(read.Buffer.End);
            return found;
        }
    }

    Task TellAsync(HttpContext http)
    {
        var count = Volatile.Read(ref done);
        var times = answered.Take(count).Where(time => time > 0).Order().ToArray();
        var (from, to) = (times.Length / 10, times.Length * 9 / 10);
        return http.Response.WriteAsJsonAsync(times.Length < 10 ? new ServerFigures(times.Length, most, 0, 0) : new ServerFigures(
            times.Length, most, (to - from) / Stopwatch.GetElapsedTime(times[from], times[to]).TotalSeconds,
            times.Length / (Stopwatch.GetElapsedTime(times[0], times[^1]) + latency).TotalSeconds));
    }

    static byte[] Body(object value) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        id = $"slow-{Number}", @object = "chat.completion", created = 1_700_000_000, model = "slow",
        choices = new[] { new { index = 0, message = new { role = "assistant", content = JsonSerializer.Serialize(value) }, finish_reason = "stop" } },
        usage = new { prompt_tokens = 400, completion_tokens = 300, total_tokens = 700 },
    });
}

/// <param name="Answered">Answers given.</param>
/// <param name="MostInFlight">Most requests in flight at a time.</param>
/// <param name="Rate">Answers a second, between the answer at a tenth of all and that at nine tenths: without the start and the end of the run.</param>
/// <param name="WholeRate">Answers a second from the first to the last.</param>
sealed record ServerFigures(int Answered, int MostInFlight, double Rate, double WholeRate);
