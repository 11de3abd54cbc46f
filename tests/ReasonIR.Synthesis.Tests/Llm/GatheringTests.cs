using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using ReasonIR.Language.Chat;
using ReasonIR.Language.Spending;
using ReasonIR.Synthesis.Llm;
using ReasonIR.Synthesis.Tests.Running;
using ReasonIR.Testing;

namespace ReasonIR.Synthesis.Tests.Llm;

/// <summary>Round trips that many share.</summary>
public sealed class GatheringTests(PostgresFixture postgres)
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    static PaidCall Call(string hash, string? run = null, string text = "yes") =>
        new(hash, "default", "scripted", new CallPurpose(run, "test", "prompt"), new ChatAnswer(text, "stop", null, new TokenUsage(10, 5)), 0.5m, TimeSpan.FromSeconds(1), DateTimeOffset.UtcNow);

    [Fact]
    public async Task Each_gets_its_own_answer_and_many_share_a_way()
    {
        var groups = new ConcurrentQueue<int>();
        var gathering = new Gathering<int, int>(async asked =>
        {
            groups.Enqueue(asked.Count);
            await Task.Delay(5, Token);
            return [.. asked.Select(number => number * number)];
        }, TimeSpan.FromMilliseconds(20), most: 16);
        var answers = await Task.WhenAll(Enumerable.Range(0, 100).Select(gathering.AskAsync));
        Assert.Equal(Enumerable.Range(0, 100).Select(number => number * number), answers);
        Assert.Equal((100, 16), (groups.Sum(), groups.Max()));
        Assert.InRange(groups.Count, 7, 8); // asked together, they fill every group but the last
        Assert.Equal(49, await gathering.AskAsync(7));
    }

    [Fact]
    public async Task An_error_is_that_of_its_group_alone()
    {
        var gathering = new Gathering<int, int>(
            asked => asked.Contains(3) ? throw new InvalidOperationException("three") : Task.FromResult<IReadOnlyList<int>>([.. asked]), TimeSpan.FromMilliseconds(5), most: 1);
        var asked = Enumerable.Range(0, 6).Select(gathering.AskAsync).ToList();
        Assert.Equal("three", (await Assert.ThrowsAsync<InvalidOperationException>(() => asked[3])).Message);
        foreach (var number in new[] { 0, 1, 2, 4, 5 })
            Assert.Equal(number, await asked[number]);
    }

    [Fact]
    public async Task Answers_kept_together_are_all_kept_and_one_that_cannot_be_fails_alone()
    {
        await using var host = await SynthesisHost.StartAsync(postgres, work: false);
        var cache = host.Services.GetRequiredService<IAnswerCache>();
        var good = Enumerable.Range(0, 40).Select(number => cache.StoreAsync(Call($"hash{number}", text: $"answer {number} \0\ud800"), Token)).ToList();
        var bad = cache.StoreAsync(Call("bad", run: "4711"), Token); // there is no such run
        var more = Enumerable.Range(40, 40).Select(number => cache.StoreAsync(Call($"hash{number}"), Token)).ToList();
        await Assert.ThrowsAsync<Npgsql.PostgresException>(() => bad);
        await Task.WhenAll(good.Concat(more));
        Assert.Equal("answer 7 \ufffd\ufffd", (await cache.FindAsync("hash7", Token))!.Answer.Text);
        Assert.Null(await cache.FindAsync("bad", Token));
        Assert.Equal(80, (await host.CallsAsync()).Count);
    }

    [Fact]
    public async Task Of_two_answers_to_a_question_the_first_stays_and_both_are_paid_for()
    {
        await using var host = await SynthesisHost.StartAsync(postgres, work: false);
        var cache = host.Services.GetRequiredService<IAnswerCache>();
        var kept = await Task.WhenAll(Enumerable.Range(0, 5).Select(number => cache.StoreAsync(Call("same", text: $"answer {number}"), Token)));
        var stays = (await cache.FindAsync("same", Token))!.Answer.Text;
        Assert.All(kept, answer => Assert.Equal(stays, answer.Text));
        var calls = await host.CallsAsync();
        Assert.Equal((5, 2.5m), (calls.Count, calls.Sum(call => call.Cost)));
        Assert.Equal(1, calls.Count(call => call.RequestHash == "same"));
    }
}
