using ReasonIR.Language.Chat;
using ReasonIR.Language.Tests.Time;
using ReasonIR.Testing.Chat;
using static ReasonIR.Testing.Chat.ScriptedReply;

namespace ReasonIR.Language.Tests.Chat;

public sealed class PaceTests
{
    readonly ManualClock clock = new();

    static CancellationToken Token => TestContext.Current.CancellationToken;

    Pace New(int concurrency, int? requests = null, int? tokens = null) =>
        new(new ChatSettings { Concurrency = concurrency, RequestsPerMinute = requests, TokensPerMinute = tokens }, clock);

    [Fact]
    public async Task A_refusal_halves_the_limit_once_for_all_that_were_in_flight_and_answers_bring_it_back()
    {
        var pace = New(16);
        var sent = new List<long>();
        for (var i = 0; i < 16; i++)
            sent.Add(await pace.EnterAsync(Token));
        clock.Advance(TimeSpan.FromSeconds(1));
        foreach (var one in sent)
            pace.Leave(one, refused: true);
        Assert.Equal(8, pace.Limit);
        var later = await pace.EnterAsync(Token);
        pace.Leave(later, refused: true);
        Assert.Equal(4, pace.Limit);
        for (var answers = 0; pace.Limit < 16; answers++)
        {
            Assert.True(answers < 16 * 16);
            pace.Leave(await pace.EnterAsync(Token), refused: false);
        }
        // A timeout or a 500 says nothing about load.
        pace.Leave(await pace.EnterAsync(Token), refused: null);
        Assert.Equal(16, pace.Limit);
    }

    [Fact]
    public async Task No_more_than_the_limit_are_in_flight_and_they_come_in_order()
    {
        var pace = New(2);
        var first = await pace.EnterAsync(Token);
        await pace.EnterAsync(Token);
        var waiting = Enumerable.Range(0, 3).Select(_ => pace.EnterAsync(Token)).ToList();
        await Task.Delay(20, Token);
        Assert.DoesNotContain(waiting, task => task.IsCompleted);
        pace.Leave(first, refused: false);
        await waiting[0];
        Assert.False(waiting[1].IsCompleted || waiting[2].IsCompleted);
    }

    [Theory]
    [InlineData(6)]
    [InlineData(60)]
    [InlineData(600)]
    public async Task No_minute_holds_more_requests_than_allowed(int perMinute)
    {
        var pace = New(1000, requests: perMinute);
        var times = new List<double>();
        var asking = Task.Run(async () =>
        {
            for (var i = 0; i < perMinute * 2; i++)
            {
                pace.Leave(await pace.EnterAsync(Token), refused: false);
                lock (times)
                    times.Add(clock.GetTimestamp() / (double)TimeSpan.TicksPerSecond);
            }
        }, Token);
        while (!asking.IsCompleted)
        {
            clock.Advance(TimeSpan.FromSeconds(0.5));
            // Setting the wall clock changes nothing.
            clock.SetWall(new DateTimeOffset(2020, 1, 1, 0, 0, 0, TimeSpan.Zero));
            await Task.Delay(1, Token);
        }
        await asking;
        Assert.All(times, start => Assert.InRange(times.Count(time => time >= start && time < start + 59), 0, perMinute));
    }

    [Fact]
    public async Task Tokens_are_taken_with_their_bound_and_given_back()
    {
        var pace = New(10, tokens: 12_000); // 1,000 at once
        await pace.TakeTokensAsync(900, Token);
        pace.GiveBack(800);
        await pace.TakeTokensAsync(900, Token);
        var large = pace.TakeTokensAsync(5_000, Token);
        await Task.Delay(20, Token);
        Assert.False(large.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(10));
        // Larger than what fits at once: it goes with a full bucket, and the next one waits for its debt.
        await large;
        var next = pace.TakeTokensAsync(10, Token);
        clock.Advance(TimeSpan.FromSeconds(5));
        await Task.Delay(20, Token);
        Assert.False(next.IsCompleted);
        for (var i = 0; i < 10 && !next.IsCompleted; i++)
        {
            clock.Advance(TimeSpan.FromSeconds(10));
            await Task.Delay(5, Token);
        }
        await next;
    }

    [Fact]
    public async Task A_retry_after_date_is_by_the_servers_clock()
    {
        // The server's clock is years apart from ours: only the difference to its own Date counts, and the longest pause bounds it.
        await using var chat = await ChatFixture.StartAsync(
            call => call.Number == 0 ? new Status(503, RetryAfter: DateTimeOffset.UtcNow.AddSeconds(1).ToString("R")) : new Answer("ok"),
            settings => settings.MaxRetryDelay = TimeSpan.FromSeconds(3));
        Assert.Equal("ok", (await chat.Endpoint.AskAsync(ChatFixture.Question(), Token)).Text);
    }

    [Fact]
    public async Task The_server_sees_fewer_at_a_time_after_it_refused()
    {
        await using var chat = await ChatFixture.StartAsync(
            call => call.Number < 32 ? new Status(429, RetryAfter: "0") : new Late(new Answer("ok"), TimeSpan.FromMilliseconds(5)),
            settings => (settings.Concurrency, settings.MaxAttempts, settings.MaxRetryDelay) = (16, 50, TimeSpan.FromMilliseconds(5)));
        var low = int.MaxValue;
        var asking = Task.WhenAll(Enumerable.Range(0, 80).Select(i => chat.Endpoint.AskAsync(ChatFixture.Question($"question {i}"), Token)));
        while (!asking.IsCompleted)
        {
            low = Math.Min(low, chat.Endpoint.Limit);
            await Task.Delay(1, Token);
        }
        await asking;
        Assert.True(low <= 4, $"the limit fell to {low} only");
        Assert.Equal(80, chat.Server.Answered);
        Assert.Empty(chat.Server.AnsweredTwice);
    }
}
