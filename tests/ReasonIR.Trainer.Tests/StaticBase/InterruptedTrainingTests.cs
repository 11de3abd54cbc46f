using System.Globalization;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Experiments.Runs;
using ReasonIR.Models.Safetensors;
using ReasonIR.Testing;
using ReasonIR.Testing.Services;
using ReasonIR.Trainer.Tests.Running;

namespace ReasonIR.Trainer.Tests.StaticBase;

public sealed class InterruptedTrainingTests(PostgresFixture postgres)
{
    // A checkpoint at each step makes the run slow enough to be met in the middle.
    static readonly FlatSpec Spec = new("small", "pairs", Dimension: 64, MaxSteps: 100, CheckpointSteps: 1, KeepStart: false);

    static IReadOnlyList<DocumentInput> Documents => Texts.Few(60);

    static CancellationToken Token => TestContext.Current.CancellationToken;

    static async Task<TrainerHost> StartAsync(PostgresFixture postgres, bool work)
    {
        var host = await TrainerHost.StartAsync(postgres, work);
        var corpus = await host.ImportAsync("few", Documents);
        await host.SynthesizedAsync(corpus, "pairs", DatasetKind.Strategy, Texts.Examples(Documents, negative: 3));
        return host;
    }

    [Fact]
    public async Task A_killed_trainer_is_resumed_and_ends_with_the_same_model()
    {
        await using var undisturbed = await StartAsync(postgres, work: true);
        var (expectedRun, expected) = await undisturbed.TrainAsync(Spec);
        var expectedLoss = await undisturbed.SeriesAsync(expectedRun.Id, "loss");

        var (killed, id) = await KilledAsync(expected.Steps);
        await using var host = killed;
        Assert.InRange((await host.SeriesAsync(id, "loss")).Count, 3, 99);
        await host.LapseAsync(id);
        await host.WorkAsync();
        var run = await host.Queue.WaitAsync(id, Token);

        Assert.True(run.State == RunState.Succeeded, run.Error);
        Assert.Equal(2, run.Attempts);
        Assert.Contains(await host.LogAsync(id), line => line.StartsWith("Goes on from the checkpoint of step", StringComparison.Ordinal));
        var output = run.ReadOutput<TrainOutput>()!;
        Assert.Equal((expected.Steps, expected.BestStep, expected.HeldOut), (output.Steps, output.BestStep, output.HeldOut));
        // Points that had not been written when it was killed are missing; all others are the same.
        var loss = await host.SeriesAsync(id, "loss");
        Assert.Equal(expectedLoss.Where(point => loss.Any(other => other.Step == point.Step)), loss);
        Assert.Equal((await undisturbed.ModelAsync("small")).Revision, (await host.ModelAsync("small")).Revision);
    }

    /// <summary>
    /// A run whose process was killed between its third step and its last. Points are written now and then, beside the training: on a busy
    /// machine the first may be seen when the last step is done, and then another is tried.
    /// </summary>
    /// <param name="steps">Of the whole run.</param>
    async Task<(TrainerHost Host, long Id)> KilledAsync(int steps)
    {
        for (var i = 0; i < 10; i++)
        {
            var host = await StartAsync(postgres, work: false);
            var id = await host.EnqueueAsync(Spec);
            using (var service = ServiceProcess.Start("ReasonIR.Trainer", TrainerHost.Settings(host.ConnectionString, host.Artifacts)))
            {
                await service.UntilAsync(async () => (await host.SeriesAsync(id, "loss")).Count >= 3, Token);
                service.Kill();
            }
            using (var checkpoint = SafetensorsFile.Open(Directory.GetFiles(host.Artifacts, "static.safetensors", SearchOption.AllDirectories).Single()))
                if (int.Parse(checkpoint.Metadata["steps"], CultureInfo.InvariantCulture) < steps)
                    return (host, id);
            await host.DisposeAsync();
        }
        throw new InvalidOperationException("10 runs were over before they could be killed.");
    }

    [Fact]
    public async Task Cancel_ends_it_within_steps_and_it_can_be_resumed()
    {
        await using var host = await StartAsync(postgres, work: true);
        var run = await host.CanceledAsync(Spec, 2);
        var steps = (await host.SeriesAsync(run.Id, "loss")).Count;
        Assert.InRange(steps, 2, 99);

        run = await host.ResumeAsync(run.Id);
        Assert.InRange(run.ReadOutput<TrainOutput>()!.Steps, steps, 100);
        Assert.Contains(await host.LogAsync(run.Id), line => line.StartsWith("Goes on from the checkpoint of step", StringComparison.Ordinal));
    }
}
