using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using ReasonIR.Contracts.Pipelines;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments.Pipelines;
using ReasonIR.Experiments.Runs;
using ReasonIR.Synthesis.Tests.Running;
using ReasonIR.Testing;
using ReasonIR.Testing.Chat;

namespace ReasonIR.Synthesis.Tests.Rag;

/// <summary>Questions answered by a scripted model that knows nothing and reads passages well.</summary>
public sealed class RagRunTests(PostgresFixture postgres)
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Passages_of_another_search_engine_are_put_before_the_question_and_the_arms_are_compared()
    {
        await using var engine = await SearchEngine.StartAsync();
        await using var chat = await ScriptedChatServer.StartAsync(Answer, Token);
        await using var host = await SynthesisHost.StartAsync(postgres, chat.Endpoint, true, ("REASONIR_CHAT_OUTPUT_PRICE", "10"));
        var run = await RunAsync(host, Spec(host, Lines(40), engine.Url));
        Assert.True(run.State == RunState.Succeeded, run.Error);
        var output = run.ReadOutput<RagOutput>()!;
        var (closed, open) = (output.Arms[0], output.Arms[1]);
        // Right is A, B, C, D in turn; by itself the model says B, and nothing that can be read to every eighth question.
        Assert.Equal((40, 10, 5, null, null), (closed.Score.Questions, closed.Score.Right, closed.Score.Unparsable, closed.Datastore, closed.Against));
        Assert.Equal((40, 40, 0), (open.Score.Questions, open.Score.Right, open.Score.Unparsable));
        Assert.Equal((30, 0), (open.Against!.Gained, open.Against.Lost));
        Assert.Equal(2 * Math.Pow(0.5, 30), open.Against.PValue, 1e-15);
        Assert.Contains("a test store", open.Datastore);
        Assert.Equal(["even", "odd"], open.Subjects.Keys.Order());
        Assert.Equal((80, 0.04m), (output.Spending.Calls, output.Spending.Cost));
        Assert.Equal(64, output.QuestionsHash.Length);
        Assert.Equal("question\tsubject\tright\tclosed\tother", File.ReadLines(Path.Combine(host.Artifacts, $"rag/{run.Id}/answers.tsv")).First());
        Assert.Empty(chat.AnsweredTwice);
    }

    [Fact]
    public async Task A_run_that_a_cap_ended_says_so_and_one_that_died_goes_on_where_it_was()
    {
        await using var engine = await SearchEngine.StartAsync();
        var calls = 0;
        await using var chat = await ScriptedChatServer.StartAsync(call => Interlocked.Increment(ref calls) == 70 ? new ScriptedReply.Status(401, "the key is revoked") : Answer(call), Token);
        await using var host = await SynthesisHost.StartAsync(postgres, chat.Endpoint);
        var spec = Spec(host, Lines(40), engine.Url);
        var failed = await RunAsync(host, spec);
        Assert.Equal(RunState.Failed, failed.State);
        await host.Queue.ResumeAsync(failed.Id, Token);
        var again = await host.Queue.WaitAsync(failed.Id, Token);
        Assert.True(again.State == RunState.Succeeded, again.Error);
        Assert.Equal((10, 40), (again.ReadOutput<RagOutput>()!.Arms[0].Score.Right, again.ReadOutput<RagOutput>()!.Arms[1].Score.Right));
        Assert.Empty(chat.AnsweredTwice);
    }

    [Fact]
    public async Task Questions_in_batches_are_answered_as_live_ones_and_a_lost_process_asks_no_engine_and_no_model_twice()
    {
        await using var engine = await SearchEngine.StartAsync();
        await using var chat = await ScriptedChatServer.StartAsync(Answer, Token);
        await using var host = await SynthesisHost.StartAsync(postgres, chat.Endpoint, true, Batches);
        var live = await RunAsync(host, Spec(host, Lines(40), engine.Url));
        Assert.True(live.State == RunState.Succeeded, live.Error);
        var (asked, looked) = (chat.Answered, engine.Asked);
        var held = true;
        chat.Batches.State = _ => Volatile.Read(ref held) ? "in_progress" : "completed";
        var spec = Spec(host, Lines(40), engine.Url) with { Seed = 1, Batch = true };
        var id = await host.Queue.EnqueueAsync(RunKinds.Rag, spec.Title, spec, cancellation: Token);
        while (chat.Batches.All.Sum(batch => batch.Lines.Count) < 80 || chat.Batches.All[0].Polls == 0)
            await Task.Delay(20, Token);
        // It stops with its batch out, as when the service is restarted, and goes on later.
        await host.Queue.PauseAsync(id, Token);
        await UntilAsync(async () =>
        {
            await using var db = await host.OpenAsync();
            return (await db.Runs.FindAsync([id], Token))!.State == RunState.Queued;
        });
        Volatile.Write(ref held, false);
        await host.Queue.ResumeAsync(id, Token);
        var run = await host.Queue.WaitAsync(id, Token);
        Assert.True(run.State == RunState.Succeeded, run.Error);
        var (expected, output) = (live.ReadOutput<RagOutput>()!, run.ReadOutput<RagOutput>()!);
        Assert.Equal(expected.Arms.Select(arm => arm.Score), output.Arms.Select(arm => arm.Score));
        Assert.Equal((80, expected.Spending.Cost / 2), (output.Spending.Calls, output.Spending.Cost));
        Assert.Equal((asked + 80, looked + 40), (chat.Answered, engine.Asked));
        Assert.Empty(chat.AnsweredTwice);
    }

    [Fact]
    public async Task A_cap_leaves_the_first_questions_answered_in_batches_too()
    {
        await using var chat = await ScriptedChatServer.StartAsync(Answer, Token);
        await using var host = await SynthesisHost.StartAsync(postgres, chat.Endpoint, true, Batches);
        var run = await RunAsync(host, new(Upload(host, "q.jsonl", Lines(40)), [new("closed")], Tokens: 50, MaxCost: 0.007, Batch: true));
        Assert.True(run.State == RunState.Succeeded, run.Error);
        var output = run.ReadOutput<RagOutput>()!;
        Assert.InRange(output.Questions, 1, 39);
        Assert.Contains("cost cap of 0.007", output.Note);
        Assert.True(output.Spending.Cost <= 0.007m, $"{output.Spending}");
        Assert.Equal(chat.Answered, output.Spending.Calls);
    }

    [Fact]
    public async Task An_arm_that_asks_the_model_itself_is_refused_in_batches()
    {
        await using var chat = await ScriptedChatServer.StartAsync(Answer, Token);
        await using var host = await SynthesisHost.StartAsync(postgres, chat.Endpoint);
        var stages = new PipelineSpec([new("bm25")], Rewrite: new("llm"));
        Assert.Contains(new RagSpec(Guid.Empty.ToString("N"), [new("closed"), new("written", "c", new("p", "pipeline", Stages: stages))], Batch: true).Problems(), problem => problem.StartsWith("arms[1].system: ", StringComparison.Ordinal));
        await host.Services.GetRequiredService<PipelineStore>().SaveAsync("writes", PipelineSpecs.ToJson(stages), PipelineSpecs.Hash(stages), Token);
        var run = await RunAsync(host, new(Upload(host, "q.jsonl", Lines(4)), [new("closed"), new("written", "c", new("p", "pipeline", Pipeline: "writes"))], Batch: true));
        Assert.Contains("arms[1].system: its pipeline asks the language model itself", run.Error);
        Assert.Empty(chat.Calls);
    }

    [Fact]
    public async Task What_cannot_be_asked_is_named()
    {
        await using var chat = await ScriptedChatServer.StartAsync(Answer, Token);
        await using var host = await SynthesisHost.StartAsync(postgres, chat.Endpoint);
        async Task<string> ErrorAsync(RagSpec spec) => (await RunAsync(host, spec)).Error!;
        var closed = new RagArm[] { new("closed") };
        Assert.Contains("line 1", await ErrorAsync(new(Upload(host, "q.jsonl", """{"question":"x","choices":["a","b"],"answer":"E"}"""), closed)));
        Assert.Contains("zip archive", await ErrorAsync(new(Upload(host, "q.zip", "not a zip"), closed)));
        Assert.Contains("Correct Answer", await ErrorAsync(new(Upload(host, "q.csv", "a,b\n1,2\n"), closed)));
        Assert.Contains("no 2 questions of the split 'dev'", await ErrorAsync(new(Upload(host, "q.jsonl", Lines(4)), closed, Shots: 2)));
        Assert.Contains("no subject 'law'", await ErrorAsync(new(Upload(host, "q.jsonl", Lines(4)), closed, Subjects: ["law"])));
        Assert.Contains("one file", await ErrorAsync(new(Guid.NewGuid().ToString("N"), closed)));
    }

    static readonly (string, string)[] Batches =
    [
        ("REASONIR_CHAT_BATCH_WAIT_SECONDS", "0.6"), ("REASONIR_CHAT_BATCH_POLL_SECONDS", "0.1"), ("REASONIR_CHAT_BATCH_PRICE_FACTOR", "0.5"), ("REASONIR_CHAT_OUTPUT_PRICE", "10"),
    ];

    static async Task UntilAsync(Func<Task<bool>> condition)
    {
        while (!await condition())
            await Task.Delay(20, Token);
    }

    static ScriptedReply Answer(ChatCall call)
    {
        var asked = call.Messages[1].Text;
        var number = int.Parse(System.Text.RegularExpressions.Regex.Match(asked, @"Question: number (\d+)").Groups[1].Value);
        if (asked.Contains($"the letter of {number} is "))
            return new ScriptedReply.Answer($"(A) and (C) are tempting. The answer is ({asked.Split($"the letter of {number} is ")[1][0]}).");
        return new ScriptedReply.Answer(number % 8 == 7 ? "I cannot say." : "It must be so. The answer is (B).");
    }

    static string Lines(int count) => string.Concat(Enumerable.Range(0, count).Select(i => JsonSerializer.Serialize(new
    {
        id = $"n{i}", subject = i % 2 == 0 ? "even" : "odd", question = $"number {i}?", choices = new[] { "one", "two", "three", "four" }, answer = "ABCD"[i % 4].ToString(),
    }) + "\n"));

    static RagSpec Spec(SynthesisHost host, string lines, Uri engine) => new(
        Upload(host, "q.jsonl", lines), [new("closed"), new("other", External: new(new Uri(engine, "search").ToString(), "a test store", "ask.me", "n", "data.found", "passage.text"))], "numbers");

    static string Upload(SynthesisHost host, string name, string content)
    {
        var id = Guid.NewGuid().ToString("N");
        var folder = Directory.CreateDirectory(Path.Combine(host.Artifacts, "uploads", id)).FullName;
        File.WriteAllText(Path.Combine(folder, name), content);
        return id;
    }

    static async Task<Run> RunAsync(SynthesisHost host, RagSpec spec) =>
        await host.Queue.WaitAsync(await host.Queue.EnqueueAsync(RunKinds.Rag, spec.Title, spec, cancellation: Token), Token);

    /// <summary>Somebody else's search engine: it knows the letter of each question.</summary>
    sealed class SearchEngine(WebApplication app) : IAsyncDisposable
    {
        int asked;

        /// <summary>Questions that it was asked.</summary>
        public int Asked => Volatile.Read(ref asked);

        public Uri Url => new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

        public static async Task<SearchEngine> StartAsync()
        {
            var builder = WebApplication.CreateSlimBuilder();
            builder.Logging.ClearProviders();
            builder.WebHost.UseUrls("http://127.0.0.1:0");
            var app = builder.Build();
            var engine = new SearchEngine(app);
            app.MapPost("/search", (JsonElement body) =>
            {
                Interlocked.Increment(ref engine.asked);
                var number = int.Parse(System.Text.RegularExpressions.Regex.Match(body.GetProperty("ask.me").GetString()!, @"number (\d+)").Groups[1].Value);
                return Results.Json(new { data = new { found = Enumerable.Range(0, body.GetProperty("n").GetInt32()).Select(_ => new { passage = new { text = $"As is known, the letter of {number} is {"ABCD"[number % 4]}." } }) } });
            });
            await app.StartAsync(Token);
            return engine;
        }

        public ValueTask DisposeAsync() => app.DisposeAsync();
    }
}
