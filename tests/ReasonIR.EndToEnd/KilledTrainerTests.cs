using ReasonIR.Contracts.Runs;
using ReasonIR.Testing;

namespace ReasonIR.EndToEnd;

/// <summary>The trainer dies in the middle of its work: the host starts it again, the run goes on from its checkpoint and ends.</summary>
public sealed class KilledTrainerTests(RunningSystem system)
{
    static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task A_run_whose_trainer_is_killed_resumes_and_ends()
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        var (client, ct) = (system.Client, limit.Token);
        var upload = await client.CreateUploadAsync(ct);
        var corpus = Directory.EnumerateFiles(Path.Combine(SharedData.Repository, "samples"), "corpus.jsonl", SearchOption.AllDirectories).First();
        await using (var file = File.OpenRead(corpus))
            await client.UploadAsync(upload.Id, "corpus.jsonl", file, ct);
        await DoneAsync(new ImportSpec("killed", upload.Id));
        await DoneAsync(new SynthesizeSpec("killed", "killed-pairs"));

        // So small a rate that the held-out loss falls for all of the steps: the run is long enough to be hit.
        var run = await client.StartAsync(new TrainSpec(
            new("killed-model"), new([new("killed-pairs")], Steps: 3000), new(Static: new(KeepStart: false)), Optimizer: new(1e-5), Scale: new(CheckpointSteps: 20)), ct);
        while (!(await client.MetricsAsync(run.Id, ct)).Any(point => point.Name == "loss" && point.Step >= 40))
        {
            Assert.False((await client.RunAsync(run.Id, ct)).Run.Ended, "The run ended before it could be hit.");
            await Task.Delay(100, ct);
        }
        const int kill = 9;
        var victim = await system.ProcessIdAsync("trainer", ct);
        Assert.Equal(0, RunningSystem.Kill(victim, kill));

        var ended = await EndAsync(run.Id);
        Assert.True(ended.Run.State == "succeeded", $"{ended.Run.Error}\n{system.Output()}");
        Assert.Equal(2, ended.Run.Attempts);
        Assert.NotEqual(victim, await system.ProcessIdAsync("trainer", ct));
        var log = await client.LogAsync(run.Id, 0, ct);
        Assert.Contains(log, line => line.Message.Contains("checkpoint", StringComparison.OrdinalIgnoreCase));
        Assert.Contains(await client.ModelsAsync(ct), model => model.Name == "killed-model" && model.RunId == run.Id);

        async Task DoneAsync(IRunSpec spec)
        {
            var detail = await EndAsync((await client.StartAsync(spec, ct)).Id);
            Assert.True(detail.Run.State == "succeeded", detail.Run.Error);
        }

        async Task<RunDetail> EndAsync(long id)
        {
            while (true)
            {
                var detail = await client.RunAsync(id, ct);
                if (detail.Run.Ended)
                    return detail;
                await Task.Delay(200, ct);
            }
        }
    }
}
