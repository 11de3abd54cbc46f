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

    const int Kills = 3;

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
        var calls = expected.Requests.Count / 4;
        var (open, held) = (random.Next(3, calls), 0);
        await using var server = await ScriptedChatServer.StartAsync(call =>
        {
            if (Interlocked.Decrement(ref open) >= 0)
                return ScriptedWriter.Answer(call);
            Interlocked.Increment(ref held);
            return new ScriptedReply.Late(ScriptedWriter.Answer(call), Timeout.InfiniteTimeSpan);
        }, Token);
        var (run, examples) = await KilledAsync(documents, server,
            async host => Volatile.Read(ref held) is var now && now > 0 && server.Calls.Count(call => call.Outcome == CallOutcome.Pending) == now && (await host.CallsAsync()).Count == server.Answered,
            kills =>
            {
                Interlocked.Exchange(ref held, 0);
                Interlocked.Exchange(ref open, kills < Kills ? random.Next(3, calls) : int.MaxValue);
            });

        Assert.Equal(expected.Examples, examples);
        // Each request once, and nothing else; those that were never answered were held when their service died.
        Assert.Equal(expected.Requests, Requests(server, call => call.Outcome == CallOutcome.Answered));
        Assert.All(server.Calls, call => Assert.True(call.Outcome is CallOutcome.Answered or CallOutcome.Abandoned, $"{call.Outcome}"));
        Assert.Equal(expected.Requests.Count, run.ReadOutput<SynthesizeOutput>()!.Spending!.Calls);
    }

    /// <summary>At any moment a request may be on its way: no client can know whether it was answered, and asks it again. All others are asked once.</summary>
    [Theory]
    [InlineData("theoremqa", 13)]
    [InlineData("scifact", 14)]
    public async Task A_service_killed_at_any_moment_ends_with_the_same_dataset_and_asks_again_what_was_on_its_way_alone(string collection, int seed)
    {
        var documents = Read(collection);
        var expected = await UndisturbedAsync(documents);
        var random = new Random(seed);
        var calls = expected.Requests.Count / 4;
        var until = random.Next(3, calls);
        await using var server = await ScriptedChatServer.StartAsync(call => new ScriptedReply.Late(ScriptedWriter.Answer(call), TimeSpan.FromMilliseconds(5 + call.Number * 7 % 30)), Token);
        var (_, examples) = await KilledAsync(documents, server, _ => Task.FromResult(server.Calls.Count >= until), _ => until = server.Calls.Count + random.Next(3, calls));

        Assert.Equal(expected.Examples, examples);
        Assert.Equal(expected.Requests, Requests(server, _ => true).Distinct());
        // A quarter more items are begun than calls may be in flight; each has one request at a time.
        Assert.InRange(server.Calls.Count, expected.Requests.Count, expected.Requests.Count + Kills * (Spec.Llm!.Concurrency * 5 / 4));
    }

    /// <summary>A run whose service is killed, again and again, as soon as the condition holds, and which then ends.</summary>
    /// <param name="killed">Told after each kill how many there were.</param>
    async Task<(Run Run, IReadOnlyList<string> Examples)> KilledAsync(IReadOnlyList<DocumentInput> documents, ScriptedChatServer server, Func<SynthesisHost, Task<bool>> condition, Action<int> killed)
    {
        await using var host = await SynthesisHost.StartAsync(postgres, server.Endpoint, work: false);
        await host.ImportAsync("papers", documents);
        var id = await host.EnqueueAsync(Spec);
        var settings = SynthesisHost.Settings(host.ConnectionString, host.Artifacts, server.Endpoint, ("Runs:Lease", "00:00:03"));
        for (var kill = 0; kill < Kills; kill++)
        {
            using var service = ServiceProcess.Start("ReasonIR.Synthesis", settings);
            // It has the run itself again, not only a part of its items.
            await service.UntilAsync(async () => await host.AttemptsAsync(id) == kill + 1 && await condition(host), Token);
            service.Kill();
            while (server.Calls.Any(call => call.Outcome == CallOutcome.Pending))
                await Task.Delay(20, Token);
            killed(kill + 1);
        }
        using var last = ServiceProcess.Start("ReasonIR.Synthesis", settings);
        var waiting = host.Queue.WaitAsync(id, Token);
        await last.UntilAsync(() => Task.FromResult(waiting.IsCompleted), Token);
        var run = await waiting;
        Assert.True(run.State == RunState.Succeeded, run.Error);
        Assert.Equal(Kills + 1, run.Attempts);
        return (run, await ExamplesAsync(host, run));
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

    async Task<(IReadOnlyList<string> Examples, IReadOnlyList<string> Requests)> UndisturbedAsync(IReadOnlyList<DocumentInput> documents)
    {
        await using var server = await ScriptedChatServer.StartAsync(ScriptedWriter.Answer, Token);
        await using var host = await SynthesisHost.StartAsync(postgres, server.Endpoint);
        await host.ImportAsync("papers", documents);
        var run = await host.RunAsync(Spec);
        Assert.True(run.State == RunState.Succeeded, run.Error);
        var examples = await ExamplesAsync(host, run);
        Assert.InRange(examples.Count, Documents, 2 * Documents + 4);
        Assert.Empty(server.AnsweredTwice);
        return (examples, Requests(server, _ => true));
    }

    /// <summary>The bodies of the server's calls, in an order of their own.</summary>
    static IReadOnlyList<string> Requests(ScriptedChatServer server, Func<ChatCall, bool> which) => [.. server.Calls.Where(which).Select(call => call.Body).Order(StringComparer.Ordinal)];

    /// <summary>All that an example holds.</summary>
    static async Task<IReadOnlyList<string>> ExamplesAsync(SynthesisHost host, Run run) =>
        [.. (await host.ReadAsync(run.ReadOutput<SynthesizeOutput>()!)).Examples.Select(example => JsonSerializer.Serialize(new
        {
            example.Ordinal, example.Query, example.Instruction, example.Positives, example.Negatives, example.Generator, example.PromptHash, example.SourceDocumentId, example.Metadata,
        }))];

    /// <summary>The first documents of a collection that have sixty words or more.</summary>
    static IReadOnlyList<DocumentInput> Read(string collection) =>
        [.. File.ReadLines(SharedData.Require($"data/{collection}/corpus.jsonl")).Select(line => JsonSerializer.Deserialize<JsonElement>(line))
            .Select(json => new DocumentInput(json.GetProperty("_id").GetString()!, json.TryGetProperty("title", out var title) ? title.GetString() ?? "" : "", json.GetProperty("text").GetString()!))
            .Where(document => document.Text.Split(' ').Length >= 60).Take(120)];
}
