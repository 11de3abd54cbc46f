using System.Text.Json;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Serialization;
using ReasonIR.Contracts.Synthesis;
using ReasonIR.Experiments.Runs;
using ReasonIR.Synthesis.Tests.Running;
using ReasonIR.Testing;
using ReasonIR.Testing.Chat;

namespace ReasonIR.Synthesis.Tests.Asking;

/// <summary>Stages of an evaluation asked in batches: what goes wrong with batches, and the caps.</summary>
public sealed class AskRunTests(PostgresFixture postgres)
{
    static readonly (string, string)[] Settings =
    [
        ("REASONIR_CHAT_BATCH_WAIT_SECONDS", "0.6"), ("REASONIR_CHAT_BATCH_POLL_SECONDS", "0.1"), ("REASONIR_CHAT_BATCH_PRICE_FACTOR", "0.5"),
        ("REASONIR_CHAT_INPUT_PRICE", "10"), ("REASONIR_CHAT_OUTPUT_PRICE", "20"), ("REASONIR_CHAT_MAX_ATTEMPTS", "4"),
    ];

    static CancellationToken Token => TestContext.Current.CancellationToken;

    static RerankRequest Graded(int query, int documents, long run) => new("pointwise", $"query {query}", [.. Enumerable.Range(0, documents).Select(i => $"text {i}")], new(), run);

    [Fact]
    public async Task An_expired_batch_and_lines_that_fail_are_sent_again_and_refused_texts_are_left_to_the_stage()
    {
        var failures = 0;
        await using var chat = await ScriptedChatServer.StartAsync(call => call.Messages[1].Text switch
        {
            var text when text.Contains("query 1") && text.Contains("text 3") => new ScriptedReply.Status(400, "too long"),
            var text when text.Contains("query 2") && text.Contains("text 0") && Interlocked.Increment(ref failures) == 1 => new ScriptedReply.Status(500, "for once"),
            _ => new ScriptedReply.Answer("3"),
        }, Token);
        chat.Batches.AnsweredBeforeExpiry = 7;
        chat.Batches.State = batch => batch == chat.Batches.All[0] ? "expired" : "completed";
        await using var host = await SynthesisHost.StartAsync(postgres, chat.Endpoint, settings: Settings);
        var (run, parent) = await AskAsync(host, [("graded", null, [.. Enumerable.Range(0, 4).Select(query => (object)Graded(query, 5, 0))]), ("graded again", null, [Graded(0, 8, 0)])]);
        Assert.True(run.State == RunState.Succeeded, run.Error);
        var uses = run.ReadOutput<AskOutput>()!.Uses;
        // Of the second stage five texts are the first's; a refused text is no call.
        Assert.Equal([19, 3], uses.Select(use => use.Calls));
        // 100 tokens in and 50 out, at half the price.
        Assert.Equal([19 * 0.001m, 3 * 0.001m], uses.Select(use => use.Cost));
        Assert.Equal((22, 0), (chat.Answered, chat.AnsweredTwice.Count));
        var calls = await host.CallsAsync();
        Assert.Equal(22, calls.Count);
        Assert.All(calls, call => Assert.Equal((parent, true, "rerank-pointwise"), (call.RunId!.Value, call.Batch, call.Purpose)));
    }

    [Fact]
    public async Task A_cap_ends_the_run_by_its_name_and_with_room_it_goes_on_where_it_was()
    {
        await using var chat = await ScriptedChatServer.StartAsync(_ => new ScriptedReply.Answer("3"), Token);
        await using var host = await SynthesisHost.StartAsync(postgres, chat.Endpoint, settings: Settings);
        object[] asked = [.. Enumerable.Range(0, 20).Select(query => (object)Graded(query, 1, 0))];
        var (capped, parent) = await AskAsync(host, [("graded", 0.015, asked)]);
        Assert.Equal(RunState.Failed, capped.State);
        Assert.Contains("cost cap of 0.015 would be passed", capped.Error);
        var paid = chat.Answered;
        Assert.InRange(paid, 1, 15);
        Assert.Equal(paid, (await host.CallsAsync()).Count);
        var (whole, _) = await AskAsync(host, [("graded", 1, asked)], parent);
        Assert.True(whole.State == RunState.Succeeded, whole.Error);
        Assert.Equal(20 - paid, whole.ReadOutput<AskOutput>()!.Uses[0].Calls);
        Assert.Equal((20, 0), (chat.Answered, chat.AnsweredTwice.Count));
    }

    [Fact]
    public async Task The_cap_of_a_day_ends_the_run_by_its_name()
    {
        await using var chat = await ScriptedChatServer.StartAsync(_ => new ScriptedReply.Answer("3"), Token);
        await using var host = await SynthesisHost.StartAsync(postgres, chat.Endpoint, settings: [.. Settings, ("REASONIR_CHAT_DAY_COST_CAP", "0.02")]);
        var (capped, _) = await AskAsync(host, [("graded", null, [.. Enumerable.Range(0, 40).Select(query => (object)Graded(query, 1, 0))])]);
        Assert.Equal(RunState.Failed, capped.State);
        Assert.Contains("REASONIR_CHAT_DAY_COST_CAP", capped.Error);
        Assert.InRange(chat.Answered * 0.001m, 0.001m, 0.02m);
        Assert.Empty(chat.AnsweredTwice);
    }

    [Fact]
    public async Task A_batch_that_the_server_refuses_fails_the_run_with_the_servers_reason()
    {
        await using var chat = await ScriptedChatServer.StartAsync(_ => new ScriptedReply.Answer("3"), Token);
        chat.Batches.State = _ => "failed";
        await using var host = await SynthesisHost.StartAsync(postgres, chat.Endpoint, settings: Settings);
        var (run, _) = await AskAsync(host, [("graded", null, [Graded(0, 2, 0)])]);
        Assert.Equal(RunState.Failed, run.State);
        Assert.Contains("not to the server's liking", run.Error);
    }

    /// <summary>Asks for what an evaluation left in its work folder; the evaluation itself is nobody's here.</summary>
    static async Task<(Run Run, long Parent)> AskAsync(SynthesisHost host, IReadOnlyList<(string Name, double? MaxCost, object[] Requests)> stages, long? again = null)
    {
        var parent = again ?? await host.Queue.EnqueueAsync(RunKinds.Evaluate, "an evaluation", new { }, cancellation: Token);
        var folder = Directory.CreateDirectory(Path.Combine(host.Artifacts, "runs", $"{parent}", "work")).FullName;
        var written = new List<AskStage>();
        foreach (var (name, cap, requests) in stages)
        {
            var lines = requests.Select(request => JsonSerializer.Serialize((RerankRequest)request with { RunId = parent }, ReasonIrJson.Web));
            var (file, count) = await StageFile.WriteAsync(folder, lines.ToAsyncEnumerable(), Token);
            written.Add(new(name, AskStage.Rerank, file, count, cap));
        }
        var spec = new AskSpec(parent, written);
        return (await host.Queue.WaitAsync(await host.Queue.EnqueueAsync(RunKinds.Ask, spec.Title, spec, parentRunId: parent, cancellation: Token), Token), parent);
    }
}
