using ReasonIR.Training.Contrastive;
using Xunit;

namespace ReasonIR.Training.Tests.Contrastive;

/// <summary>A run that was interrupted ends bit for bit as one that was not, whatever it does in between.</summary>
public sealed class ResumeTests
{
    static ContrastiveTrainingSpec Variant(ContrastiveTrainingSpec spec, string variant) => variant switch
    {
        "plain" => spec,
        "chunks" => spec with { Scale = new(ChunkTexts: 4) },
        "chunks of tokens, recomputed" => spec with { Scale = new(ChunkTokens: 60, Checkpointing: true) },
        "accumulation" => spec with { Scale = new(AccumulationSteps: 2, ChunkTexts: 2) },
        "bf16 beside f32" => spec with { Scale = new(Precision: Precision.Bf16Mixed) },
        "bf16" => spec with { Scale = new(Precision: Precision.Bf16) },
        "adapters" => spec with { Lora = new(Rank: 2, Dropout: 0.1), LearningRate = 1e-2 },
        _ => spec with { Optimizer = new(NoDecayOnBiasAndNorm: true, Rates: [new("*output*", 0.5)], FreezeLayers: 1), WeightDecay = 0.01 },
    };

    [Theory]
    [InlineData("bert", "plain", 1)]
    [InlineData("bert", "plain", 5)]
    [InlineData("bert", "chunks", 3)]
    [InlineData("llama", "chunks", 3)]
    [InlineData("llama", "chunks of tokens, recomputed", 2)]
    [InlineData("bert", "accumulation", 3)]
    [InlineData("llama", "bf16 beside f32", 3)]
    [InlineData("llama", "bf16", 3)]
    [InlineData("llama", "adapters", 3)]
    [InlineData("bert", "groups", 3)]
    public async Task A_resumed_run_ends_bit_for_bit_as_one_that_was_not_interrupted(string type, string variant, int cancelAfter)
    {
        using var tiny = new TinyModel(type);
        var spec = Variant(tiny.Spec(), variant);
        var whole = await tiny.Train("whole", spec);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => tiny.Train("resumed", spec, checkpoints: "shared", cancelAfter: cancelAfter));
        Assert.False(Directory.Exists(tiny.At("resumed")));
        var rest = await tiny.Train("resumed", spec, checkpoints: "shared");
        Assert.Contains($"step {cancelAfter}.", Assert.Single(rest.Messages));
        Assert.Equal(whole.Steps[cancelAfter..].Select(s => (s.Step, s.Loss, s.GradientNorm)), rest.Steps.Select(s => (s.Step, s.Loss, s.GradientNorm)));
        Assert.Equal(tiny.Weights("whole"), tiny.Weights("resumed"));
        Assert.Equal(whole.Result!.MeanLoss, rest.Result!.MeanLoss);
        Assert.Equal(cancelAfter, rest.Result.ResumedFrom);
        Assert.NotEqual(tiny.Weights("base"), tiny.Weights("whole"));
    }

    [Fact]
    public async Task A_paused_run_leaves_a_checkpoint_and_goes_on_as_if_nothing_had_been()
    {
        using var tiny = new TinyModel();
        var whole = await tiny.Train("whole");
        using var pause = new CancellationTokenSource();
        var hooks = new TrainingHooks(_ => 0, pause.Token);
        var spec = tiny.Spec() with { Evaluation = new(3, KeepBest: false) };
        var first = await tiny.Train("paused", spec, checkpoints: "shared", hooks: hooks with
        {
            Evaluate = view =>
            {
                if (view.Step == 3)
                    pause.Cancel();
                return 0;
            },
        });
        Assert.Equal((TrainingEnd.Paused, 3), (first.Result!.End, first.Result.Steps));
        Assert.False(Directory.Exists(tiny.At("paused")));
        var rest = await tiny.Train("paused", spec, checkpoints: "shared", hooks: hooks with { Pause = default });
        Assert.Equal(TrainingEnd.AllSteps, rest.Result!.End);
        Assert.Equal(tiny.Weights("whole"), tiny.Weights("paused"));
        Assert.Equal([6, 8], rest.Evaluations.Select(e => e.Step));
    }
}
