using ReasonIR.Models;
using ReasonIR.Training.Contrastive;
using Xunit;

namespace ReasonIR.Training.Tests.Contrastive;

public sealed class ContrastiveTrainerTests : IDisposable
{
    readonly TinyModel tiny = new();

    string At(string name) => tiny.At(name);

    Task<StepLog> Train(string name, ContrastiveTrainingSpec? spec = null, ITrainingData? data = null, string? checkpoints = null, int cancelAfter = int.MaxValue) =>
        tiny.Train(name, spec, data, checkpoints, cancelAfter);

    byte[] Weights(string name) => tiny.Weights(name);

    [Fact]
    public async Task Training_lowers_the_loss_and_writes_a_model_that_opens()
    {
        var log = await Train("out", tiny.Spec(40));
        Assert.Equal(40, log.Steps.Count);
        Assert.True(log.Steps[^5..].Average(s => s.Loss) < log.Steps[..5].Average(s => s.Loss) * 0.7, $"{log.Steps[0].Loss} to {log.Steps[^1].Loss}");
        Assert.All(log.Steps, s => Assert.True(s.GradientNorm > 0 && s.PairsPerSecond > 0));
        Assert.Equal(0, log.Steps[0].LearningRate);
        using var encoder = ModelFolder.Open(At("out"));
        Assert.Equal(32, encoder.Encode(["some text"], cancellationToken: TestContext.Current.CancellationToken).Length);
    }

    [Fact]
    public async Task Equal_settings_give_equal_weights_and_another_seed_gives_others()
    {
        await Train("first");
        await Train("second");
        await Train("third", tiny.Spec() with { Seed = 43 });
        Assert.Equal(Weights("first"), Weights("second"));
        Assert.NotEqual(Weights("first"), Weights("third"));
    }

    [Fact]
    public async Task Only_the_last_periodic_checkpoint_is_kept_and_a_half_written_one_is_passed_over()
    {
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Train("out", tiny.Spec() with { CheckpointSteps = 2 }, checkpoints: "kept", cancelAfter: 4));
        Assert.Equal("step-00000004", Path.GetFileName(Assert.Single(Directory.GetDirectories(At("kept")))));
        Directory.CreateDirectory(At("kept/.partial-1"));
        var log = await Train("out", tiny.Spec() with { CheckpointSteps = 2 }, checkpoints: "kept");
        Assert.Equal(5, log.Steps[0].Step);
    }

    [Fact]
    public async Task A_checkpoint_of_other_settings_or_data_is_refused()
    {
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Train("out", checkpoints: "one", cancelAfter: 2));
        var settings = await Assert.ThrowsAsync<InvalidDataException>(() => Train("out", tiny.Spec() with { LearningRate = 2e-3 }, checkpoints: "one"));
        Assert.Contains("other settings", settings.Message);
        var data = await Assert.ThrowsAsync<InvalidDataException>(() => Train("out", data: TinyModel.Data(fingerprint: "version 2"), checkpoints: "one"));
        Assert.Contains("other data ('words')", data.Message);
    }

    [Fact]
    public async Task Other_hard_negatives_give_another_loss()
    {
        var first = await Train("first");
        var second = await Train("second", data: TinyModel.Data(negative: "quite other words"));
        Assert.NotEqual(first.Steps[0].Loss, second.Steps[0].Loss);
        var none = await Train("none", tiny.Spec() with { NegativesPerQuery = 0 });
        Assert.True(none.Steps[0].Loss < first.Steps[0].Loss);
    }

    [Fact]
    public async Task Empty_data_are_refused()
    {
        var error = await Assert.ThrowsAsync<InvalidDataException>(() => Train("out", data: new ListTrainingData([], "version 0")));
        Assert.Contains("version 0", error.Message);
    }

    [Fact]
    public async Task A_diverging_run_says_so()
    {
        var error = await Assert.ThrowsAsync<TrainingDivergedException>(() => Train("out", tiny.Spec(60) with { Temperature = 1e-60 }));
        Assert.StartsWith("Step 1: the loss is", error.Message);
        Assert.Contains("There is no checkpoint.", error.Message);
        Assert.Equal(6, error.Examples.Count);
    }

    public void Dispose() => tiny.Dispose();
}
