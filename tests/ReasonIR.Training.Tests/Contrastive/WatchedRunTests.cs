using ReasonIR.Models;
using ReasonIR.Training.Contrastive;
using Xunit;

namespace ReasonIR.Training.Tests.Contrastive;

/// <summary>Evaluation, early stopping, divergence, logged negatives, and memory.</summary>
public sealed class WatchedRunTests : IDisposable
{
    readonly TinyModel tiny = new();

    [Fact]
    public async Task The_best_evaluated_model_is_the_result_and_the_run_ends_when_patience_does()
    {
        // 0 at the start, then best after 4 steps, then worse.
        var scores = new Dictionary<int, double> { [0] = 0.1, [2] = 0.3, [4] = 0.5, [6] = 0.45, [8] = 0.2, [10] = 0.9 };
        float[]? best = null;
        var log = await tiny.Train("out", tiny.Spec(20) with { Evaluation = new(2, Patience: 2, AtStart: true) }, hooks: new(view =>
        {
            Assert.False(view.Model.training);
            if (view.Step == 4)
                best = view.EncodeQueries(["where is it"])[0];
            return scores[view.Step];
        }));
        Assert.Equal((TrainingEnd.NoImprovement, 8, 0.5, 4), (log.Result!.End, log.Result.Steps, log.Result.BestScore, log.Result.BestStep));
        Assert.Equal([(0, 0.1, true), (2, 0.3, true), (4, 0.5, true), (6, 0.45, false), (8, 0.2, false)], log.Evaluations);
        Assert.Contains(log.Messages, m => m.Contains("step 4"));
        using var encoder = ModelFolder.Open(tiny.At("out"));
        Assert.Equal(best!, encoder.Encode(["where is it"], cancellationToken: TestContext.Current.CancellationToken), (a, b) => Math.Abs(a - b) < 1e-5);
        Assert.Equal(["best-00000004"], Directory.GetDirectories(tiny.At("out-checkpoints"), "best-*").Select(Path.GetFileName));
    }

    [Fact]
    public async Task A_run_resumed_between_evaluations_knows_the_best_and_the_patience()
    {
        double[] scores = [0.5, 0.9, 0.4, 0.3, 0.2, 0.1, 0.1, 0.1];
        var spec = tiny.Spec(8) with { Evaluation = new(1, Patience: 5) };
        TrainingHooks Hooks() => new(view => scores[view.Step - 1]);
        var whole = await tiny.Train("whole", spec, hooks: Hooks());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => tiny.Train("resumed", spec, checkpoints: "shared", cancelAfter: 4, hooks: Hooks()));
        var rest = await tiny.Train("resumed", spec, checkpoints: "shared", hooks: Hooks());
        Assert.Equal((TrainingEnd.NoImprovement, 7, 2), (rest.Result!.End, rest.Result.Steps, rest.Result.BestStep));
        Assert.Equal(whole.Result!.Steps, rest.Result.Steps);
        Assert.Equal(tiny.Weights("whole"), tiny.Weights("resumed"));
    }

    [Fact]
    public async Task A_loss_that_stays_far_above_its_median_ends_the_run_with_examples_and_the_last_good_checkpoint()
    {
        var error = await Assert.ThrowsAsync<TrainingDivergedException>(() => tiny.Train("out", tiny.Spec(60) with
        {
            // Learns at first; from step 30 on nothing can be learned.
            CheckpointSteps = 5, Divergence = new(Factor: 1.5, Steps: 6, Window: 10), NegativesPerQuery = 0,
        }, new TurningData(30 * 6)));
        Assert.Contains("above 1.5 times its running median", error.Message);
        Assert.Equal(6, error.Examples.Count);
        Assert.InRange(error.Step, 36, 60);
        Assert.StartsWith("step-", Path.GetFileName(error.LastCheckpoint));
        Assert.True(int.Parse(Path.GetFileName(error.LastCheckpoint!)[5..], System.Globalization.CultureInfo.InvariantCulture) <= error.Step - 6);
    }

    [Fact]
    public async Task The_hardest_negatives_are_told_every_so_many_steps()
    {
        var log = await tiny.Train("out", tiny.Spec(6) with { HardNegativeSteps = 3, BatchSize = 12, Scale = new(ChunkTexts: 5) });
        Assert.Equal([3, 6], log.Negatives.Select(n => n[0].Step));
        Assert.All(log.Negatives, list => Assert.Equal(list.Select(n => n.Score - n.PositiveScore).OrderDescending(), list.Select(n => n.Score - n.PositiveScore)));
        Assert.All(log.Negatives.SelectMany(n => n), n => Assert.True(n.Query.Ids.Length > 2 && n.Passage.Ids.Length > 2 && n.IsOwn == (n.Example == n.PassageExample)));
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("everything")]
    public async Task Neither_live_tensors_nor_their_bytes_grow(string variant)
    {
        // What other tests left to the finalizer must not end in the middle.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        var spec = variant == "plain" ? tiny.Spec(30) : tiny.Spec(30) with
        {
            Scale = new(ChunkTexts: 4, AccumulationSteps: 2, Checkpointing: true, Precision: Precision.Bf16), Evaluation = new(5), HardNegativeSteps = 4, CheckpointSteps = 7,
            Loss = new(IdGuard: true, ScoreGuard: new(0.1), Matryoshka: [new(32), new(8)]),
        };
        var log = await tiny.Train("out", spec, hooks: new(view => view.EncodeQueries(["one", "two"]).Length));
        Assert.Equal(log.Tensors[2], log.Tensors[^1]);
        Assert.Equal(log.Bytes[2], log.Bytes[^1]);
    }

    [Fact]
    public void A_median_is_of_healthy_losses_alone()
    {
        var watch = new RunWatch(new(Factor: 2, Steps: 3, Window: 5), null);
        foreach (var loss in new[] { 1.0, 1.1, 0.9, 1.0, 1.05 })
            Assert.Null(watch.Add(loss));
        Assert.Null(watch.Add(2.5));
        Assert.False(watch.IsHealthy);
        Assert.Null(watch.Add(1));
        Assert.True(watch.IsHealthy);
        Assert.Null(watch.Add(3));
        Assert.Null(watch.Add(30));
        Assert.Contains("for 3 steps", watch.Add(2.2));
    }

    /// <summary>Pairs that belong together up to a number of reads, then pairs that do not.</summary>
    sealed class TurningData(int reads) : ITrainingData
    {
        readonly ListTrainingData good = TinyModel.Data(18);
        int read;

        public int Count => good.Count;

        public string Fingerprint => "turning";

        public async Task<IReadOnlyList<TrainingExample>> ReadAsync(IReadOnlyList<int> numbers, int draw, CancellationToken cancellationToken)
        {
            var examples = await good.ReadAsync(numbers, draw, cancellationToken);
            return (read += numbers.Count) <= reads ? examples
                : [.. examples.Select((e, i) => e with { Positives = examples[(i + 1) % examples.Count].Positives, Negatives = e.Positives })];
        }
    }

    public void Dispose() => tiny.Dispose();
}
