using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments.Runs;
using ReasonIR.Synthesis.Tests.Running;
using ReasonIR.Testing;
using ReasonIR.Testing.Services;
using ReasonIR.Testing.Chat;

namespace ReasonIR.Synthesis.Tests.Llm;

public sealed class KilledRunTests(PostgresFixture postgres)
{
    const int Documents = 20;

    static readonly SynthesizeSpec Spec = new("papers", "hard", "llm", Llm: new LlmSettings(Concurrency: 4));

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_service_killed_twice_ends_with_the_same_dataset_and_asks_for_nothing_twice()
    {
        var expected = await UndisturbedAsync();

        // The server lets so many calls through and then holds the next ones, until the service that asked is dead.
        var open = 9;
        await using var server = await ScriptedChatServer.StartAsync(call =>
            Interlocked.Decrement(ref open) >= 0 ? ScriptedWriter.Answer(call) : new ScriptedReply.Late(ScriptedWriter.Answer(call), Timeout.InfiniteTimeSpan), Token);
        await using var host = await SynthesisHost.StartAsync(postgres, server.Endpoint, work: false);
        await host.ImportAsync("papers", ScriptedWriter.Documents(Documents));
        var id = await host.EnqueueAsync(Spec);
        var settings = SynthesisHost.Settings(host.ConnectionString, host.Artifacts, server.Endpoint, ("Runs:Lease", "00:00:04"));
        for (var kill = 0; kill < 2; kill++)
        {
            using var service = ServiceProcess.Start("ReasonIR.Synthesis", settings);
            await UntilAsync(service, async () =>
                server.Calls.Count(call => call.Outcome == CallOutcome.Pending) == Spec.Llm!.Concurrency && (await host.CallsAsync()).Count == server.Answered);
            service.Kill();
            await UntilAsync(null, () => Task.FromResult(server.Calls.All(call => call.Outcome != CallOutcome.Pending)));
            Interlocked.Exchange(ref open, kill == 0 ? 13 : int.MaxValue);
        }
        using var last = ServiceProcess.Start("ReasonIR.Synthesis", settings);
        var waiting = host.Queue.WaitAsync(id, Token);
        await UntilAsync(last, () => Task.FromResult(waiting.IsCompleted));
        var run = await waiting;

        Assert.True(run.State == RunState.Succeeded, run.Error);
        Assert.Equal(3, run.Attempts);
        var output = run.ReadOutput<SynthesizeOutput>()!;
        var (_, examples) = await host.ReadAsync(output);
        Assert.Equal(expected, examples.Select(example => (example.Ordinal, example.SourceDocumentId!, example.Query, example.Negatives.Single().Text)));
        Assert.Empty(server.AnsweredTwice);
        Assert.Equal(2 * Documents, server.Answered);
        Assert.Equal(2 * Documents, output.Spending!.Calls);
    }

    async Task<IReadOnlyList<(int, string, string, string)>> UndisturbedAsync()
    {
        await using var server = await ScriptedChatServer.StartAsync(ScriptedWriter.Answer, Token);
        await using var host = await SynthesisHost.StartAsync(postgres, server.Endpoint);
        await host.ImportAsync("papers", ScriptedWriter.Documents(Documents));
        var (_, examples) = await host.ReadAsync(await host.MakeAsync(Spec));
        Assert.Equal(Documents, examples.Count);
        return [.. examples.Select(example => (example.Ordinal, example.SourceDocumentId!, example.Query, example.Negatives.Single().Text))];
    }

    static async Task UntilAsync(ServiceProcess? service, Func<Task<bool>> condition)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(Token);
        limit.CancelAfter(TimeSpan.FromSeconds(90));
        while (!await condition())
        {
            Assert.False(service?.HasExited ?? false, service?.Output);
            if (limit.IsCancellationRequested)
                Assert.Fail($"It did not come to pass in 90 s.\n{service?.Output}");
            await Task.Delay(20, Token);
        }
    }
}
