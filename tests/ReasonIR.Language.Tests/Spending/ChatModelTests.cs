using ReasonIR.Language.Chat;
using ReasonIR.Language.Spending;
using ReasonIR.Language.Tests.Chat;
using ReasonIR.Testing.Chat;
using static ReasonIR.Testing.Chat.ScriptedReply;

namespace ReasonIR.Language.Tests.Spending;

public sealed class ChatModelTests
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    // 10 and 20 a million tokens: 100 in and 50 out cost 0.002.
    static void Prices(ChatSettings settings) => (settings.InputPrice, settings.OutputPrice) = (10, 20);

    [Fact]
    public async Task The_same_request_is_paid_once()
    {
        await using var chat = await ChatFixture.StartAsync(_ => new Answer("ok"), Prices);
        var budget = chat.Budget();
        for (var i = 0; i < 3; i++)
            Assert.Equal("ok", (await chat.Model.AskAsync(ChatFixture.Question(seed: 1), ChatFixture.Purpose, budget, Token)).Text);
        await chat.Model.AskAsync(ChatFixture.Question(seed: 2), ChatFixture.Purpose, budget, Token);
        Assert.Equal(2, chat.Server.Calls.Count);
        Assert.Equal(new Spent(2, 200, 100, 0.004m), budget.Spent);
        Assert.Equal(2, budget.Cached);
        var call = chat.Paid.First();
        Assert.Equal((0.002m, "scripted", ChatFixture.Purpose), (call.Cost, call.Model, call.Purpose));
        Assert.Equal(64, call.Hash.Length);
    }

    [Fact]
    public async Task Everything_that_decides_an_answer_is_in_the_hash()
    {
        await using var chat = await ChatFixture.StartAsync(_ => new Answer("ok"));
        var question = ChatFixture.Question();
        ChatRequest[] different =
        [
            question, question with { Seed = 1 }, question with { Temperature = 0 }, question with { MaxOutputTokens = 1 },
            ChatFixture.Question("other"), question with { Turns = [.. question.Turns, ChatTurn.Assistant("a"), ChatTurn.User("b")] },
            question with { Turns = [.. question.Turns.Select(turn => turn with { Role = ChatRole.User })] },
        ];
        var other = new ChatSettings { Endpoint = chat.Settings.Endpoint, Model = "another" };
        var hashes = different.Select(request => RequestHash.Of(chat.Settings, request)).Append(RequestHash.Of(other, question)).ToList();
        Assert.Equal(hashes.Count, hashes.Distinct().Count());
        Assert.Equal(RequestHash.Of(chat.Settings, question), RequestHash.Of(chat.Settings, ChatFixture.Question()));
    }

    [Fact]
    public async Task The_cap_is_never_passed()
    {
        await using var chat = await ChatFixture.StartAsync(_ => new Answer("ok", 60, 200), Prices);
        var budget = chat.Budget(cap: 0.05m);
        var asked = await Task.WhenAll(Enumerable.Range(0, 40).Select(async i =>
        {
            try
            {
                await chat.Model.AskAsync(ChatFixture.Question($"question {i}"), ChatFixture.Purpose, budget, Token);
                return true;
            }
            catch (CostCapException error)
            {
                Assert.Contains("0.05", error.Message);
                return false;
            }
        }));
        // A request costs 0.0046 and may cost a little more: at least nine fit, the eleventh never does.
        Assert.InRange(asked.Count(answered => answered), 9, 10);
        Assert.InRange(budget.Spent.Cost, 0.04m, 0.05m);
        Assert.Equal(asked.Count(answered => answered), chat.Server.Calls.Count);
    }

    [Fact]
    public async Task What_was_spent_before_counts()
    {
        await using var chat = await ChatFixture.StartAsync(_ => new Answer("ok"), Prices);
        await Assert.ThrowsAsync<CostCapException>(() => chat.Model.AskAsync(
            ChatFixture.Question(), ChatFixture.Purpose, chat.Budget(1, new Spent(10, 0, 0, 0.999m)), Token));
        Assert.Empty(chat.Server.Calls);
    }

    [Fact]
    public async Task A_request_waits_for_reservations_that_may_be_released()
    {
        var gate = new TaskCompletionSource();
        await using var chat = await ChatFixture.StartAsync(call => new Late(new Answer("ok", 1, 1), Gate: call.Number == 0 ? gate.Task : Task.CompletedTask), Prices);
        var budget = chat.Budget(cap: 0.007m);
        var first = chat.Model.AskAsync(ChatFixture.Question("first"), ChatFixture.Purpose, budget, Token);
        while (chat.Server.Calls.Count == 0)
            await Task.Delay(5, Token);
        var second = chat.Model.AskAsync(ChatFixture.Question("second"), ChatFixture.Purpose, budget, Token);
        await Task.Delay(100, Token);
        Assert.False(second.IsCompleted);
        Assert.Single(chat.Server.Calls);
        gate.SetResult();
        await first;
        Assert.Equal("ok", (await second).Text);
    }

    [Fact]
    public async Task A_failed_request_gives_its_reservation_back()
    {
        await using var chat = await ChatFixture.StartAsync(call => call.Number == 0 ? new Status(404) : new Answer("ok"), Prices);
        var budget = chat.Budget(cap: 0.007m);
        await Assert.ThrowsAsync<ChatException>(() => chat.Model.AskAsync(ChatFixture.Question("first"), ChatFixture.Purpose, budget, Token));
        await chat.Model.AskAsync(ChatFixture.Question("second"), ChatFixture.Purpose, budget, Token);
        Assert.Equal(1, budget.Spent.Calls);
    }

    [Fact]
    public async Task A_canceled_request_is_not_kept()
    {
        await using var chat = await ChatFixture.StartAsync(_ => new Late(new Answer("ok"), TimeSpan.FromSeconds(30)));
        using var source = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var asking = chat.Model.AskAsync(ChatFixture.Question(), ChatFixture.Purpose, chat.Budget(), source.Token);
        while (chat.Server.Calls.Count == 0)
            await Task.Delay(5, Token);
        await source.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asking);
        Assert.Empty(chat.Paid);
    }

    [Fact]
    public async Task The_same_question_asked_at_the_same_time_is_sent_once()
    {
        await using var chat = await ChatFixture.StartAsync(_ => new Late(new Answer("ok"), TimeSpan.FromMilliseconds(50)), Prices);
        var budget = chat.Budget();
        var answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => chat.Model.AskAsync(ChatFixture.Question(), ChatFixture.Purpose, budget, Token)));
        Assert.All(answers, answer => Assert.Equal("ok", answer.Text));
        Assert.Single(chat.Server.Calls);
        Assert.Equal((1, 19, 0.002m), (budget.Spent.Calls, budget.Cached, budget.Spent.Cost));
        Assert.Equal(19 * 0.002m, budget.Saved.Cost);
    }

    [Fact]
    public async Task Where_one_fails_the_other_asks_itself()
    {
        await using var chat = await ChatFixture.StartAsync(call => call.Number == 0 ? new Late(new Status(404), TimeSpan.FromMilliseconds(50)) : new Answer("ok"));
        var both = Enumerable.Range(0, 2).Select(_ => chat.Model.AskAsync(ChatFixture.Question(), ChatFixture.Purpose, chat.Budget(), Token)).ToList();
        await Assert.ThrowsAsync<ChatException>(() => both[0]);
        Assert.Equal("ok", (await both[1]).Text);
        Assert.Equal(2, chat.Server.Calls.Count);
    }

    [Fact]
    public async Task A_hedge_takes_the_first_answer_and_pays_both()
    {
        var gate = new TaskCompletionSource();
        await using var chat = await ChatFixture.StartAsync(call => call.Number == 0 ? new Late(new Answer("slow"), Gate: gate.Task) : new Answer("quick"), settings =>
        {
            Prices(settings);
            settings.HedgeAfter = TimeSpan.FromMilliseconds(50);
        });
        var budget = chat.Budget();
        Assert.Equal("quick", (await chat.Model.AskAsync(ChatFixture.Question(), ChatFixture.Purpose, budget, Token)).Text);
        Assert.Equal(2, chat.Server.Calls.Count);
        gate.SetResult();
        while (chat.Ledger.Count < 2)
            await Task.Delay(5, Token);
        Assert.Equal(["test", "test-hedge"], chat.Ledger.Select(call => call.Purpose.Purpose).Order());
        Assert.Equal((2, 0.004m), (budget.Spent.Calls, budget.Spent.Cost));
        // What counted is what stays.
        Assert.Equal("quick", (await chat.Model.AskAsync(ChatFixture.Question(), ChatFixture.Purpose, budget, Token)).Text);
    }

    [Fact]
    public async Task A_hedge_that_fails_or_does_not_fit_leaves_the_first()
    {
        await using var chat = await ChatFixture.StartAsync(call => call.Number % 2 == 0 ? new Late(new Answer("slow"), TimeSpan.FromMilliseconds(300)) : new Status(404), settings =>
        {
            Prices(settings);
            settings.HedgeAfter = TimeSpan.FromMilliseconds(50);
        });
        Assert.Equal("slow", (await chat.Model.AskAsync(ChatFixture.Question("one"), ChatFixture.Purpose, chat.Budget(), Token)).Text);
        Assert.Equal(2, chat.Server.Calls.Count);
        Assert.Equal("slow", (await chat.Model.AskAsync(ChatFixture.Question("two"), ChatFixture.Purpose, chat.Budget(cap: 0.007m), Token)).Text);
        Assert.Equal(3, chat.Server.Calls.Count);
    }
}
