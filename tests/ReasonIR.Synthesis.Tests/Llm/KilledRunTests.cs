using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Runs.Synthesis;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Runs;
using ReasonIR.Synthesis.Tests.Running;
using ReasonIR.Testing;
using ReasonIR.Testing.Chat;
using ReasonIR.Testing.Services;

namespace ReasonIR.Synthesis.Tests.Llm;

/// <summary>Services that are killed while they work on a run, and several that work on one.</summary>
public sealed class KilledRunTests(PostgresFixture postgres)
{
    /// <summary>A worker takes eight of them at its start and has four calls in flight: as many are left for another.</summary>
    const int Documents = 14;

    static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Most of the steps, over the documents of a real collection.</summary>
    static SynthesizeSpec Spec { get; } = new(
        "papers", "hard", "llm", Seed: 5, Llm: new LlmSettings(Documents: Documents, Concurrency: 4), HardNegatives: new MinedNegatives(1, FromRank: 5, ToRank: 50),
        Queries: new HardQuerySettings(2), VariedLength: new VariedLengthSettings(4, 2, 30, 60), WrittenNegatives: new WrittenNegativeSettings(),
        Reasoned: new ReasonedSettings(40), Judge: new JudgeSettings(2, 4, 2, new SecondJudge(0.5)));

    [Theory]
    [InlineData("theoremqa", 11)]
    [InlineData("scifact", 12)]
    public async Task A_service_killed_three_times_ends_with_the_same_dataset_and_is_answered_everything_once(string collection, int seed)
    {
        var documents = Read(collection);
        var expected = await UndisturbedAsync(documents);

        // The server lets so many calls through and then holds the next ones, until the service that asked is dead: what it
        // answered was kept, so that nothing is answered twice. How many is drawn.
        var random = new Random(seed);
        var calls = expected.Calls / 4;
        var (open, held) = (random.Next(3, calls), 0);
        await using var server = await ScriptedChatServer.StartAsync(call =>
        {
            if (Interlocked.Decrement(ref open) >= 0)
                return ScriptedWriter.Answer(call);
            Interlocked.Increment(ref held);
            return new ScriptedReply.Late(ScriptedWriter.Answer(call), Timeout.InfiniteTimeSpan);
        }, Token);
        await using var host = await SynthesisHost.StartAsync(postgres, server.Endpoint, work: false);
        await host.ImportAsync("papers", documents);
        var id = await host.EnqueueAsync(Spec);
        var settings = SynthesisHost.Settings(host.ConnectionString, host.Artifacts, server.Endpoint, ("Runs:Lease", "00:00:03"));
        for (var kill = 0; kill < 3; kill++)
        {
            using var service = ServiceProcess.Start("ReasonIR.Synthesis", settings);
            // It has the run itself again, not only a part of its items.
            await service.UntilAsync(async () => await host.AttemptsAsync(id) == kill + 1 && Volatile.Read(ref held) is var now && now > 0
                && server.Calls.Count(call => call.Outcome == CallOutcome.Pending) == now && (await host.CallsAsync()).Count == server.Answered, Token);
            service.Kill();
            while (server.Calls.Any(call => call.Outcome == CallOutcome.Pending))
                await Task.Delay(20, Token);
            Interlocked.Exchange(ref held, 0);
            Interlocked.Exchange(ref open, kill < 2 ? random.Next(3, calls) : int.MaxValue);
        }
        using var last = ServiceProcess.Start("ReasonIR.Synthesis", settings);
        var waiting = host.Queue.WaitAsync(id, Token);
        await last.UntilAsync(() => Task.FromResult(waiting.IsCompleted), Token);
        var run = await waiting;

        Assert.True(run.State == RunState.Succeeded, run.Error);
        Assert.Equal(4, run.Attempts);
        Assert.Equal(expected.Examples, await ExamplesAsync(host, run));
        Assert.Empty(server.AnsweredTwice);
        Assert.Equal(expected.Calls, server.Answered);
        Assert.Equal(expected.Calls, run.ReadOutput<SynthesizeOutput>()!.Spending!.Calls);
    }

    [Fact]
    public async Task Two_workers_share_the_items_and_make_the_same_examples_as_one()
    {
        var documents = Read("theoremqa");
        var expected = await UndisturbedAsync(documents);
        // Both have something in flight before either gets on.
        var both = new TaskCompletionSource();
        await using var server = await ScriptedChatServer.StartAsync(call => new ScriptedReply.Late(ScriptedWriter.Answer(call), TimeSpan.FromMilliseconds(20), both.Task), Token);
        await using var host = await SynthesisHost.StartAsync(postgres, server.Endpoint, work: false);
        await host.ImportAsync("papers", documents);
        var id = await host.EnqueueAsync(Spec with { VariedLength = null });
        var settings = SynthesisHost.Settings(host.ConnectionString, host.Artifacts, server.Endpoint);
        using var one = ServiceProcess.Start("ReasonIR.Synthesis", settings);
        using var other = ServiceProcess.Start("ReasonIR.Synthesis", settings);
        var waiting = host.Queue.WaitAsync(id, Token);
        await one.UntilAsync(() => Task.FromResult(server.Calls.Count(call => call.Outcome == CallOutcome.Pending) == 2 * Spec.Llm!.Concurrency), Token);
        both.SetResult();
        await one.UntilAsync(() => Task.FromResult(waiting.IsCompleted), Token);
        var run = await waiting;

        Assert.True(run.State == RunState.Succeeded, run.Error);
        var examples = await ExamplesAsync(host, run);
        Assert.Equal(expected.Examples.Take(examples.Count), examples);
        Assert.Empty(server.AnsweredTwice);
        await using var db = await host.OpenAsync();
        var parts = await db.Runs.Where(part => part.ParentRunId == id).ToListAsync(Token);
        Assert.Equal(Documents, parts.Sum(part => part.ReadOutput<SynthesizePartOutput>()!.Items));
        Assert.Equal(2, parts.Count(part => part.ReadOutput<SynthesizePartOutput>()!.Items > 0));
        Assert.Equal(2, parts.Where(part => part.ReadOutput<SynthesizePartOutput>()!.Items > 0).Select(part => part.LeaseOwner).Distinct().Count());
    }

    async Task<(IReadOnlyList<string> Examples, int Calls)> UndisturbedAsync(IReadOnlyList<DocumentInput> documents)
    {
        await using var server = await ScriptedChatServer.StartAsync(ScriptedWriter.Answer, Token);
        await using var host = await SynthesisHost.StartAsync(postgres, server.Endpoint);
        await host.ImportAsync("papers", documents);
        var run = await host.RunAsync(Spec);
        Assert.True(run.State == RunState.Succeeded, run.Error);
        var examples = await ExamplesAsync(host, run);
        Assert.InRange(examples.Count, Documents, 2 * Documents + 4);
        return (examples, server.Answered);
    }

    /// <summary>All that an example holds.</summary>
    static async Task<IReadOnlyList<string>> ExamplesAsync(SynthesisHost host, Run run) =>
        [.. (await host.ReadAsync(run.ReadOutput<SynthesizeOutput>()!)).Examples.Select(example => JsonSerializer.Serialize(new
        {
            example.Ordinal, example.Query, example.Instruction, example.Positives, example.Negatives, example.Generator, example.PromptHash, example.SourceDocumentId, example.Metadata,
        }))];

    /// <summary>The first documents of a collection of a hundred words or more.</summary>
    static IReadOnlyList<DocumentInput> Read(string collection) =>
        [.. File.ReadLines(SharedData.Require($"data/{collection}/corpus.jsonl")).Select(line => JsonSerializer.Deserialize<JsonElement>(line))
            .Select(json => new DocumentInput(json.GetProperty("_id").GetString()!, json.TryGetProperty("title", out var title) ? title.GetString() ?? "" : "", json.GetProperty("text").GetString()!))
            .Where(document => document.Text.Split(' ').Length >= 60).Take(120)];
}
