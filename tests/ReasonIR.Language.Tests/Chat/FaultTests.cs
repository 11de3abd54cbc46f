using System.Collections.Concurrent;
using ReasonIR.Language.Chat;
using ReasonIR.Language.Structured;
using ReasonIR.Testing.Chat;
using static ReasonIR.Testing.Chat.ScriptedReply;

namespace ReasonIR.Language.Tests.Chat;

/// <summary>Everything at once: what the server's ledger says must be what was paid and what was kept.</summary>
public sealed class FaultTests
{
    static readonly JsonSchema Schema = JsonSchema.Parse("word", """{"type":"object","properties":{"word":{"type":"string","minLength":2}},"required":["word"]}""");

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task No_answer_is_lost_or_paid_twice(int seed)
    {
        var random = new Random(seed);
        var clock = new JumpingClock();
        await using var chat = await ChatFixture.StartAsync(call =>
        {
            int dice;
            lock (random)
                dice = random.Next(20);
            // What is said of a question stays: a repair is another one.
            return dice switch
            {
                0 => new Status(429, RetryAfter: "0"),
                1 => new Status(429, RetryAfter: DateTimeOffset.UtcNow.AddYears(3).ToString("R")),
                2 => new Status(503),
                3 => new Status(500),
                4 => new Drop(),
                5 => new Drop(60),
                6 => new TruncatedBody(),
                7 => new Late(Good(call), TimeSpan.FromMilliseconds(80)),
                8 => new Raw("<html>bad gateway</html>"),
                _ => Good(call),
            };
        }, settings => (settings.Concurrency, settings.MaxAttempts, settings.MaxRetryDelay, settings.Key) = (16, 50, TimeSpan.FromMilliseconds(5), "sk-secret-0123456789"), time: clock);
        var budget = chat.Budget();
        // Each question is asked twice at a time.
        var outcomes = new ConcurrentBag<(int Question, bool Usable)>();
        await Task.WhenAll(Enumerable.Range(0, 160).Select(async i =>
        {
            try
            {
                var answer = await chat.Structured.AskAsync(ChatFixture.Question($"question {i / 2}", Schema), ChatFixture.Purpose, budget, Token);
                Assert.Equal($"word {i / 2}", answer.Value.GetProperty("word").GetString());
                outcomes.Add((i / 2, true));
            }
            catch (UnusableAnswerException)
            {
                outcomes.Add((i / 2, false));
            }
        }));
        Assert.Empty(chat.Server.AnsweredTwice);
        Assert.Equal(chat.Server.Answered, chat.Ledger.Count);
        Assert.Equal(chat.Server.Answered, budget.Spent.Calls);
        Assert.Equal(160, outcomes.Count);
        Assert.All(outcomes.Where(outcome => !outcome.Usable), outcome => Assert.True(outcome.Question % 8 == 6, $"question {outcome.Question} was lost"));
        Assert.All(chat.Log, line => Assert.DoesNotContain("secret", line));
        Assert.All(chat.Ledger, call => Assert.InRange(call.Duration, TimeSpan.Zero, TimeSpan.FromMinutes(5)));
    }

    /// <summary>Good, or bad in the way of its question: wrong and then repaired, empty, refused for ever.</summary>
    static ScriptedReply Good(ChatCall call)
    {
        var number = int.Parse(call.Messages.First(message => message.Text.StartsWith("question ", StringComparison.Ordinal)).Text[9..], System.Globalization.CultureInfo.InvariantCulture);
        var repair = call.Messages.Count > 2;
        return (number % 8) switch
        {
            1 when !repair => Json(new { wrong = number }),
            2 when !repair => new Answer("{\"word\": \"wor", FinishReason: "length"),
            3 when !repair => new Answer(""),
            4 => new Answer($"Let me think. {{\"word\": 1}} is not it.</think>\n```json\n{{\"word\": \"word {number}\"}}\n```"),
            5 => new Answer($"{{\"word\": \"word {number}\"}}", Reasoning: "hm, {\"word\": \"no\"}"),
            6 => new Answer("I would rather not say."),
            _ => Json(new { word = $"word {number}" }),
        };
    }

    /// <summary>A wall clock that is set to another year at every look.</summary>
    sealed class JumpingClock : TimeProvider
    {
        int looks;

        public override DateTimeOffset GetUtcNow() => base.GetUtcNow().AddDays(Interlocked.Increment(ref looks) % 2 == 0 ? 400 : -400);
    }
}
