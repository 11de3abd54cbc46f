using Microsoft.AspNetCore.Http;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments.Language;
using ReasonIR.Language.Chat;
using ReasonIR.Language.Spending;
using ReasonIR.Synthesis.Tests.Running;
using ReasonIR.Testing;
using ReasonIR.Testing.Chat;
using static ReasonIR.Testing.Chat.ScriptedReply;

namespace ReasonIR.Synthesis.Tests.Llm;

/// <summary>Requests that go out in batches, over the database that keeps them: nothing is lost, nothing is paid twice.</summary>
public sealed class BatchTests(PostgresFixture postgres) : IAsyncDisposable
{
    static readonly (string, string)[] Settings =
    [
        ("REASONIR_CHAT_BATCH_WAIT_SECONDS", "0.6"), ("REASONIR_CHAT_BATCH_POLL_SECONDS", "0.1"), ("REASONIR_CHAT_BATCH_PRICE_FACTOR", "0.5"),
        ("REASONIR_CHAT_INPUT_PRICE", "10"), ("REASONIR_CHAT_OUTPUT_PRICE", "20"), ("REASONIR_CHAT_MAX_ATTEMPTS", "4"),
    ];

    ScriptedChatServer server = null!;

    static CancellationToken Token => TestContext.Current.CancellationToken;

    async Task<SynthesisHost> StartAsync(Func<ChatCall, ScriptedReply>? script = null, params (string, string)[] more)
    {
        server = await ScriptedChatServer.StartAsync(script ?? (call => new Answer("answer to " + call.Messages[^1].Text)), Token);
        return await SynthesisHost.StartAsync(postgres, server.Endpoint, work: false, [.. Settings, .. more]);
    }

    public async ValueTask DisposeAsync()
    {
        if (server is not null)
            await server.DisposeAsync();
    }

    static RunBudget Batched(decimal? cap = null) => new(cap, Spent.Nothing) { Batch = true };

    static Task<ChatAnswer>[] Ask(SynthesisHost host, int count, RunBudget? budget = null, CancellationToken? cancellation = null)
    {
        var model = host.Services.GetRequiredService<ChatModel>();
        budget ??= Batched();
        return [.. Enumerable.Range(0, count).Select(i => model.AskAsync(new ChatRequest([ChatTurn.User($"question {i}")], 100, Seed: 1), new CallPurpose(null, "test", "p"), budget, cancellation ?? Token))];
    }

    async Task CheckAsync(SynthesisHost host, Task<ChatAnswer>[] asked, int batches)
    {
        var answers = await Task.WhenAll(asked).WaitAsync(TimeSpan.FromSeconds(60), Token);
        Assert.Equal(Enumerable.Range(0, asked.Length).Select(i => $"answer to question {i}"), answers.Select(answer => answer.Text));
        Assert.Equal((asked.Length, 0), (server.Answered, server.AnsweredTwice.Count));
        Assert.Equal(batches, server.Batches.All.Count);
        var calls = await host.CallsAsync();
        Assert.Equal(asked.Length, calls.Count);
        // 100 tokens in and 50 out at half the price.
        Assert.All(calls, call => Assert.Equal((0.001m, true, "test"), (call.Cost, call.Batch, call.Purpose)));
        await using var db = await host.OpenAsync();
        Assert.False(await db.LlmBatches.AnyAsync(batch => batch.State != LlmBatchState.Ended, Token));
        Assert.False(await db.LlmBatchRequests.AnyAsync(line => line.State == LlmBatchRequestState.Waiting, Token));
    }

    [Fact]
    public async Task Requests_are_gathered_into_files_of_bounded_size()
    {
        await using var host = await StartAsync(null, ("REASONIR_CHAT_BATCH_MAX_REQUESTS", "40"));
        var budget = Batched();
        await CheckAsync(host, Ask(host, 100, budget), batches: 3);
        Assert.Equal([40, 40, 20], server.Batches.All.Select(batch => batch.Lines.Count));
        Assert.Equal((100, 0.1m), (budget.Spent.Calls, budget.Spent.Cost));
        // The answers are in the cache for whoever asks, live or not.
        await Task.WhenAll(Ask(host, 100, new RunBudget(null, Spent.Nothing)));
        Assert.Equal(100, server.Calls.Count);
    }

    [Fact]
    public async Task Files_are_bounded_by_bytes_too()
    {
        await using var host = await StartAsync(null, ("REASONIR_CHAT_BATCH_MAX_BYTES", "10000"));
        var asked = Ask(host, 100);
        await Task.WhenAll(asked);
        Assert.InRange(server.Batches.All.Count, 3, 6);
        Assert.All(server.Batches.All, batch => Assert.InRange(batch.Lines.Sum(line => line.Body.Length), 1, 10_000));
    }

    [Fact]
    public async Task A_batch_that_expires_keeps_its_answers_and_the_rest_goes_into_another()
    {
        await using var host = await StartAsync();
        server.Batches.AnsweredBeforeExpiry = 12;
        server.Batches.State = batch => batch == server.Batches.All[0] ? batch.Polls < 3 ? "in_progress" : "expired" : "completed";
        await CheckAsync(host, Ask(host, 30), batches: 2);
        Assert.Equal(18, server.Batches.All[1].Lines.Count);
    }

    [Fact]
    public async Task Lines_fail_one_by_one()
    {
        var refusals = 0;
        await using var host = await StartAsync(call => call.Messages[^1].Text switch
        {
            "question 3" => new Status(400, "content too long"),
            "question 5" when Interlocked.Increment(ref refusals) == 1 => new Status(429, "slow down"),
            "question 7" => new Status(500, "always"),
            var text => new Answer("answer to " + text),
        });
        var asked = Ask(host, 10);
        await Task.WhenAll(asked.Select((task, i) => i is 3 or 7 ? Task.CompletedTask : task));
        var refused = await Assert.ThrowsAsync<ChatException>(() => asked[3]);
        Assert.Equal(400, refused.Status);
        Assert.Contains("content too long", refused.Message);
        Assert.Equal(500, (await Assert.ThrowsAsync<ChatException>(() => asked[7])).Status);
        Assert.Equal(3, server.Calls.Count(call => call.Messages[^1].Text == "question 7"));
        Assert.Equal((8, 0), (server.Answered, server.AnsweredTwice.Count));
    }

    [Fact]
    public async Task A_batch_the_server_refuses_is_an_error_that_says_why()
    {
        await using var host = await StartAsync();
        server.Batches.State = _ => "failed";
        var error = await Assert.ThrowsAsync<ChatException>(() => Ask(host, 3)[0]);
        Assert.Contains("not to the server's liking", error.Message);
        Assert.Equal(409, error.Status);
        Assert.Single(server.Batches.All);
    }

    [Fact]
    public async Task What_is_not_known_to_have_been_taken_is_looked_for_before_it_is_sent_again()
    {
        await using var host = await StartAsync();
        var created = 0;
        server.Batches.Created = _ => Interlocked.Increment(ref created) > 1;
        await CheckAsync(host, Ask(host, 5), batches: 1);
    }

    [Fact]
    public async Task Trouble_of_every_kind_costs_nothing_twice()
    {
        await using var host = await StartAsync();
        var random = new Random(3);
        server.Batches.State = batch => batch.Polls < 2 ? "in_progress" : "completed";
        server.Batches.Trouble = (_, _) => { lock (random) return random.Next(3) == 0 ? Results.StatusCode(random.Next(2) == 0 ? 500 : 429) : null; };
        // Lines that come twice, belong to nobody, or are no JSON.
        server.Batches.Output = text => text + text + """{"custom_id":"nobody","response":null,"error":null}""" + "\nnonsense\n\n[1]\n";
        await CheckAsync(host, Ask(host, 20), batches: 1);
    }

    [Fact]
    public async Task A_server_without_schemas_is_asked_in_words_in_the_next_batch()
    {
        var schema = ReasonIR.Language.Structured.JsonSchema.Parse("word", """{"type":"object","properties":{"word":{"type":"string"}},"required":["word"]}""");
        await using var host = await StartAsync(call => call.SchemaName is null ? new Answer("""{"word":"fold"}""") : new Status(400, "no response_format"));
        var model = host.Services.GetRequiredService<ChatModel>();
        async Task<string> AskAsync(string text) =>
            (await model.AskAsync(new ChatRequest([ChatTurn.User(text)], 100, schema), new CallPurpose(null, "test", "p"), Batched(), Token)).Text;
        Assert.Contains("fold", await AskAsync("one"));
        Assert.Contains("fold", await AskAsync("two"));
        Assert.Equal(3, server.Calls.Count);
    }

    [Fact]
    public async Task A_batch_whose_process_was_killed_is_found_again_by_its_id()
    {
        await using var first = await StartAsync();
        server.Batches.State = _ => "in_progress";
        using var killed = new CancellationTokenSource();
        var lost = Ask(first, 25, cancellation: killed.Token);
        while (server.Batches.All.Count == 0 || server.Batches.All[0].Polls == 0)
            await Task.Delay(20, Token);
        // As after a kill -9: nobody lets go of the lease, it runs out.
        await killed.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task.WhenAll(lost));
        await using var db = await first.OpenAsync();
        await ((IAsyncDisposable)first.Services.GetRequiredKeyedService<ReasonIR.Language.Batches.BatchQueue>("default")).DisposeAsync();
        await db.LlmBatches.ExecuteUpdateAsync(set => set.SetProperty(batch => batch.LeasedUntil, DateTimeOffset.UtcNow.AddSeconds(1.5)), Token);
        server.Batches.State = _ => "completed";
        await using var second = SynthesisHost.Open(first.ConnectionString, server.Endpoint, Settings);
        await CheckAsync(second, Ask(second, 25), batches: 1);
    }

    [Fact]
    public async Task A_batch_whose_id_was_never_written_down_is_found_by_its_token_and_one_never_sent_is_sent()
    {
        await using var host = await StartAsync();
        var held = true;
        server.Batches.State = _ => held ? "in_progress" : "completed";
        using var killed = new CancellationTokenSource();
        var lost = Ask(host, 5, cancellation: killed.Token);
        while (server.Batches.All.Count == 0 || server.Batches.All[0].Polls == 0)
            await Task.Delay(20, Token);
        await killed.CancelAsync();
        await ((IAsyncDisposable)host.Services.GetRequiredKeyedService<ReasonIR.Language.Batches.BatchQueue>("default")).DisposeAsync();
        await using (var db = await host.OpenAsync())
        {
            // Killed between creating the batch and writing down its id; another between writing it down and creating it.
            await db.LlmBatches.ExecuteUpdateAsync(set => set.SetProperty(batch => batch.BatchId, (string?)null).SetProperty(batch => batch.State, LlmBatchState.Preparing), Token);
            var waiting = await db.LlmBatchRequests.AsNoTracking().Select(line => line.RequestHash).ToListAsync(Token);
            Assert.Equal(5, waiting.Count);
        }
        held = false;
        await using var second = SynthesisHost.Open(host.ConnectionString, server.Endpoint, Settings);
        await CheckAsync(second, Ask(second, 5), batches: 1);

        await using (var db = await host.OpenAsync())
        {
            await db.LlmCalls.ExecuteDeleteAsync(Token);
            await db.LlmBatches.ExecuteUpdateAsync(set => set.SetProperty(batch => batch.BatchId, (string?)null).SetProperty(batch => batch.Token, batch => batch.Token + "-unsent")
                .SetProperty(batch => batch.State, LlmBatchState.Preparing).SetProperty(batch => batch.LeasedUntil, DateTimeOffset.UnixEpoch), Token);
            await db.LlmBatchRequests.ExecuteUpdateAsync(set => set.SetProperty(line => line.State, LlmBatchRequestState.Waiting), Token);
        }
        await using var third = SynthesisHost.Open(host.ConnectionString, server.Endpoint, Settings);
        await Task.WhenAll(Ask(third, 5)).WaitAsync(TimeSpan.FromSeconds(30), Token);
        Assert.Equal(2, server.Batches.All.Count);
    }

    [Fact]
    public async Task Two_processes_share_a_batch_of_the_same_requests()
    {
        await using var first = await StartAsync();
        server.Batches.State = batch => batch.Polls < 5 ? "in_progress" : "completed";
        await using var second = SynthesisHost.Open(first.ConnectionString, server.Endpoint, Settings);
        var asked = Ask(first, 15);
        while (server.Batches.All.Count == 0)
            await Task.Delay(10, Token);
        var same = Ask(second, 15);
        Assert.Equal(15, (await Task.WhenAll(same).WaitAsync(TimeSpan.FromSeconds(30), Token)).Length);
        await CheckAsync(first, asked, batches: 1);
    }

    [Fact]
    public async Task A_cap_holds_for_batches_at_their_price()
    {
        await using var host = await StartAsync();
        var budget = Batched(0.01m);
        var asked = Ask(host, 30, budget);
        await Task.WhenAll(asked.Select(task => task.ContinueWith(done => done.Exception, TaskScheduler.Default)));
        Assert.Contains(asked, task => task.Exception?.InnerException is CostCapException);
        Assert.InRange(budget.Spent.Cost, 0.005m, 0.01m);
        Assert.Equal(budget.Spent.Calls, server.Answered);
    }

    [Fact]
    public async Task A_run_in_batches_makes_what_a_live_one_makes()
    {
        var spec = new SynthesizeSpec("papers", "made", "llm", Llm: new LlmSettings(Concurrency: 50, Batch: true));
        server = await ScriptedChatServer.StartAsync(ScriptedWriter.Answer, Token);
        await using var host = await SynthesisHost.StartAsync(postgres, server.Endpoint, settings: Settings);
        await host.ImportAsync("papers", ScriptedWriter.Documents(20));
        var batched = await host.MakeAsync(spec);
        Assert.Equal((20, 40, 0), (batched.Examples, server.Answered, server.AnsweredTwice.Count));
        // Queries first, then the negatives they need.
        Assert.Equal([20, 20], server.Batches.All.Select(batch => batch.Lines.Count));
        // A document costs 0.024 live.
        Assert.Equal(20 * 0.012m, batched.Spending!.Cost);
        var live = await host.MakeAsync(spec with { Llm = spec.Llm! with { Batch = false } });
        Assert.Equal(40, server.Calls.Count);
        var (first, second) = ((await host.ReadAsync(batched)).Examples, (await host.ReadAsync(live)).Examples);
        Assert.Equal(first.Select(example => example.Query), second.Select(example => example.Query));
    }

    [Fact]
    public async Task A_refused_key_ends_the_waiting()
    {
        await using var host = await StartAsync();
        server.Batches.Trouble = (_, _) => Results.Json(new { error = new { message = "wrong key sk-secret-123456" } }, statusCode: 401);
        var error = await Assert.ThrowsAsync<ChatException>(() => Ask(host, 2)[0]);
        Assert.Equal(401, error.Status);
        Assert.DoesNotContain("secret", error.Message);
    }
}
