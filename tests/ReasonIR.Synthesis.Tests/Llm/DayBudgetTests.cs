using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments.Runs;
using ReasonIR.Language.Chat;
using ReasonIR.Language.Spending;
using ReasonIR.Synthesis.Llm;
using ReasonIR.Synthesis.Tests.Running;
using ReasonIR.Testing;
using ReasonIR.Testing.Chat;
using static ReasonIR.Testing.Chat.ScriptedReply;

namespace ReasonIR.Synthesis.Tests.Llm;

/// <summary>The cap of a day over several processes, and the price table they read.</summary>
public sealed class DayBudgetTests(PostgresFixture postgres)
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    static ChatRequest Question(int number) => new([ChatTurn.User($"question {number}")], 200);

    [Fact]
    public async Task Processes_together_keep_to_the_cap_of_the_day()
    {
        await using var server = await ScriptedChatServer.StartAsync(_ => new Late(new Answer("ok", 60, 200), TimeSpan.FromMilliseconds(20)), Token);
        (string, string)[] settings = [("REASONIR_CHAT_INPUT_PRICE", "10"), ("REASONIR_CHAT_OUTPUT_PRICE", "20"), ("REASONIR_CHAT_DAY_COST_CAP", "0.1"), ("REASONIR_CHAT_CONCURRENCY", "8")];
        await using var host = await SynthesisHost.StartAsync(postgres, server.Endpoint, work: false, settings);
        // A second process over the same database.
        await using var other = SynthesisHost.Open(host.ConnectionString, server.Endpoint, settings);
        var models = new[] { host.Services.GetRequiredService<ChatModel>(), other.Services.GetRequiredService<ChatModel>() };
        var asked = await Task.WhenAll(Enumerable.Range(0, 60).Select(async i =>
        {
            try
            {
                await models[i % 2].AskAsync(Question(i), new CallPurpose(null, "test", null), new RunBudget(null, Spent.Nothing), Token);
                return true;
            }
            catch (CostCapException error)
            {
                Assert.Contains("0.1 a day (REASONIR_CHAT_DAY_COST_CAP)", error.Message);
                return false;
            }
        }));
        // An answer costs 0.0046, and may cost a little more before it is there.
        var calls = await host.CallsAsync();
        Assert.InRange(calls.Sum(call => call.Cost), 0.08m, 0.1m);
        Assert.Equal(asked.Count(answered => answered), calls.Count);
        Assert.Equal(calls.Count, server.Answered);
        await using var db = await host.OpenAsync();
        Assert.Equal(0, await db.LlmHolds.CountAsync(Token));
    }

    [Fact]
    public async Task Yesterday_does_not_count_and_a_dead_process_holds_no_longer_than_its_time()
    {
        await using var host = await SynthesisHost.StartAsync(postgres, work: false);
        var days = new PostgresDays(host.Services.GetRequiredService<NpgsqlDataSource>());
        await using var db = await host.OpenAsync();
        db.LlmCalls.AddRange(
            new() { Purpose = "test", Model = "m", RequestHash = "a", Response = "", Cost = 100, CreatedAt = DateTimeOffset.UtcNow.AddDays(-1) },
            new() { Purpose = "test", Model = "m", RequestHash = "b", Response = "", Cost = 3 });
        await db.SaveChangesAsync(Token);
        var first = await days.HoldAsync(4, 10, TimeSpan.FromMilliseconds(300), Token);
        Assert.Equal((true, 3), (first.Id is not null, first.Spent));
        Assert.Null((await days.HoldAsync(4, 10, TimeSpan.FromHours(1), Token)).Id);
        await Task.Delay(350, Token);
        var second = await days.HoldAsync(4, 10, TimeSpan.FromHours(1), Token);
        Assert.NotNull(second.Id);
        await days.ReleaseAsync(second.Id.Value, Token);
        Assert.NotNull((await days.HoldAsync(7, 10, TimeSpan.FromHours(1), Token)).Id);
    }

    [Fact]
    public async Task A_run_that_meets_the_cap_of_the_day_stops_cleanly()
    {
        await using var server = await ScriptedChatServer.StartAsync(ScriptedWriter.Answer, Token);
        await using var host = await SynthesisHost.StartAsync(postgres, server.Endpoint, settings: ("REASONIR_CHAT_DAY_COST_CAP", "0.2"));
        await using (var db = await host.OpenAsync())
        {
            db.LlmPrices.AddRange(
                new() { Model = "scripted", ValidFrom = new DateOnly(2020, 1, 1), Input = 10, Output = 20 },
                new() { Model = "scripted", ValidFrom = new DateOnly(2999, 1, 1), Input = 1000, Output = 2000 });
            await db.SaveChangesAsync(Token);
        }
        await host.ImportAsync("papers", ScriptedWriter.Documents(12));
        var output = await host.MakeAsync(new SynthesizeSpec("papers", "made", "llm", Llm: new LlmSettings()));
        Assert.Contains("a day", output.Note);
        Assert.InRange(output.Spending!.Cost, 0.05m, 0.2m);
        Assert.Equal((await host.CallsAsync()).Sum(call => call.Cost), output.Spending.Cost);
    }
}
