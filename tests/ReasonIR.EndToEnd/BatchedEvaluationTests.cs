using ReasonIR.Contracts.Client;
using ReasonIR.Contracts.Pipelines;
using ReasonIR.Contracts.Results;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Search;

namespace ReasonIR.EndToEnd;

/// <summary>Evaluations whose stages ask the language model in batches, over the running services, which are killed meanwhile.</summary>
[Collection(nameof(ChatSystem))]
public sealed class BatchedEvaluationTests(ChatSystem chat)
{
    const int Graded = 6, Tokens = 20;

    static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The scripted model's answers do not depend on the seed, requests do: the same systems with another seed are asked anew.</summary>
    static IReadOnlyList<SystemSpec> Systems(int seed) =>
    [
        new("bm25", "bm25"),
        new("written", "pipeline", Stages: new([new("bm25")], Rewrite: new("llm", Llm: new(Tokens: Tokens, Seed: seed, Rounds: 2, Passages: 2)))),
        new("graded", "pipeline", Stages: new([new("bm25")], Rewrite: new("llm", Llm: new(Tokens: Tokens, Seed: seed)), Rerank: [new("pointwise", Depth: Graded, Llm: new(Seed: seed))])),
        new("ordered", "pipeline", Stages: new([new("bm25")], Rerank: [new("listwise", Depth: Graded, Llm: new(Seed: seed, Window: 4, Stride: 2))])),
    ];

    [Fact]
    public async Task Systems_in_batches_give_what_they_give_live_and_killed_services_pay_nothing_twice()
    {
        await chat.DoAsync(new IndexSpec(ChatSystem.Corpus, "bm25"));
        var live = await ResultsAsync((await chat.DoAsync(new EvaluateSpec(ChatSystem.Corpus, Systems(71)))).Run.Id);
        var (asked, known) = (chat.Chat.Answered, chat.Chat.Batches.All.Count);
        var held = true;
        chat.Chat.Batches.State = _ => Volatile.Read(ref held) ? "in_progress" : "completed";
        try
        {
            var run = await chat.System.Client.StartAsync(new EvaluateSpec(ChatSystem.Corpus, Systems(72), Batch: true), Token);
            await UntilAsync(() => chat.Chat.Batches.All.Skip(known).Any(batch => batch.Polls > 0));
            // A batch is out: both services die without a word, and are started again.
            foreach (var service in new[] { "search", "synthesis" })
                await KillAsync(service);
            Volatile.Write(ref held, false);
            var batched = await ResultsAsync((await EndAsync(run.Id)).Id);

            Assert.Equal(live.Keys.Order(), batched.Keys.Order());
            Assert.All(live, pair => Assert.Equal(pair.Value.Measures["ndcg_cut_10"], batched[pair.Key].Measures["ndcg_cut_10"]));
            Assert.All(live, pair => Assert.Equal(pair.Value.Measures["recall_100"], batched[pair.Key].Measures["recall_100"]));
            Assert.Empty(chat.Chat.AnsweredTwice);
            // Each stage that needs the answers of the one before is another batch, for all systems together: rewrites, second rewrites and grades beside each other, and the windows.
            var batches = chat.Chat.Batches.All.Skip(known).ToList();
            Assert.InRange(batches.Count, 2, 5);
            var spent = await SpentAsync(run.Id);
            Assert.Equal(batches.Sum(batch => batch.Lines.Count), spent.Calls);
            Assert.Equal(spent.Calls, chat.Chat.Answered - asked);
            foreach (var (system, result) in batched)
            {
                // As many calls as live, at half the price.
                var (before, now) = (Spent(live[system]), Spent(result));
                Assert.True(before.Calls == now.Calls, $"{system}: {before.Calls} calls live, {now.Calls} in batches");
                Assert.Equal(before.Cost / 2, now.Cost);
            }
            Assert.Equal(spent.Calls, batched.Values.Sum(result => Spent(result).Calls));
            Assert.Equal(spent.Cost, batched.Values.Sum(result => Spent(result).Cost));
        }
        finally
        {
            chat.Chat.Batches.State = _ => "completed";
        }
    }

    [Fact]
    public async Task A_canceled_evaluation_cancels_its_batches_run_and_a_resumed_one_goes_on_with_it()
    {
        await chat.DoAsync(new IndexSpec(ChatSystem.Corpus, "bm25"));
        var known = chat.Chat.Batches.All.Count;
        var held = true;
        chat.Chat.Batches.State = _ => Volatile.Read(ref held) ? "in_progress" : "completed";
        try
        {
            var run = await chat.System.Client.StartAsync(new EvaluateSpec(ChatSystem.Corpus, [Systems(73)[0], Systems(73)[3]], Batch: true), Token);
            await UntilAsync(() => chat.Chat.Batches.All.Count > known);
            await chat.System.Client.CancelAsync(run.Id, Token);
            await UntilAsync(async () => await chat.System.Client.RunAsync(run.Id, Token) is { Run.Ended: true } detail && detail.Children.All(child => child.Ended));
            var child = Assert.Single((await chat.System.Client.RunAsync(run.Id, Token)).Children);
            Assert.Equal((RunKinds.Ask, "canceled"), (child.Kind, child.State));
            Volatile.Write(ref held, false);
            await chat.System.Client.ResumeAsync(run.Id, Token);
            Assert.Equal(run.Id, (await EndAsync(run.Id)).Id);
            Assert.Empty(chat.Chat.AnsweredTwice);
        }
        finally
        {
            chat.Chat.Batches.State = _ => "completed";
        }
    }

    [Fact]
    public async Task The_command_line_measures_and_answers_in_batches()
    {
        await chat.DoAsync(new IndexSpec(ChatSystem.Corpus, "bm25"));
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, "retrievers: [{kind: bm25}]\nrerank: [{kind: pointwise, depth: 3, llm: {seed: 74}}]\n", Token);
            await chat.CommandAsync("pipeline", "save", "in-batches", file);
            var known = chat.Chat.Batches.All.Count;
            await chat.CommandAsync("evaluate", ChatSystem.Corpus, "--pipeline", "in-batches", "--batch");
            Assert.True(chat.Chat.Batches.All.Count > known);
            await chat.CommandAsync("experiment", "table", "--corpus", ChatSystem.Corpus, "--rerank", "listwise", "--rerank-depth", "3", "--batch");
            Assert.True(chat.Chat.Batches.All.Count > known + 1);
            Assert.Empty(chat.Chat.AnsweredTwice);
        }
        finally
        {
            File.Delete(file);
        }
    }

    static (int Calls, decimal Cost) Spent(ResultInfo result) =>
        (result.Provenance.GetProperty("spent").GetProperty("calls").GetInt32(), result.Provenance.GetProperty("spent").GetProperty("cost").GetDecimal());

    async Task<IReadOnlyDictionary<string, ResultInfo>> ResultsAsync(long run) =>
        (await chat.System.Client.LeaderboardAsync(ChatSystem.Corpus, Token)).Where(result => result.RunId == run).ToDictionary(result => result.System);

    async Task<Contracts.Spending.SpendingRow> SpentAsync(long run)
    {
        using var http = new HttpClient { BaseAddress = chat.System.Portal };
        return (await new SpendingClient(http).SpendingAsync("purpose", null, null, run, Token)).Total;
    }

    async Task KillAsync(string service)
    {
        const int kill = 9;
        var pid = await chat.System.ProcessIdAsync(service, Token);
        Assert.Equal(0, RunningSystem.Kill(pid, kill));
        await UntilAsync(async () =>
        {
            try
            {
                return await chat.System.ProcessIdAsync(service, Token) is var other && other != pid && other > 0;
            }
            catch (Exception error) when (error is InvalidOperationException or KeyNotFoundException)
            {
                return false; // Between two processes it has no id.
            }
        });
    }

    async Task<RunInfo> EndAsync(long id)
    {
        await UntilAsync(async () => (await chat.System.Client.RunAsync(id, Token)).Run.Ended);
        var detail = await chat.System.Client.RunAsync(id, Token);
        Assert.True(detail.Run.State == "succeeded", $"{detail.Run.Error}\n{chat.System.Output()}");
        return detail.Run;
    }

    static Task UntilAsync(Func<bool> condition) => UntilAsync(() => Task.FromResult(condition()));

    static async Task UntilAsync(Func<Task<bool>> condition)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromMinutes(4));
        while (!await condition())
            await Task.Delay(50, limit.Token);
    }
}
