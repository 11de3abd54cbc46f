using System.Text.Json;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Serialization;

namespace ReasonIR.Trainer.Tests.Running;

/// <summary>The spec's flat form of earlier versions: what their stored runs hold must go on working, and it is the shorter one for tests.</summary>
public sealed record FlatSpec(
    string Model, string Dataset, int? DatasetVersion = null, string Base = "static", int Seed = 0, int? Epochs = null, int? MaxSteps = null, double? MaxSeconds = null,
    int? BatchSize = null, double? LearningRate = null, double? Temperature = null, int? Dimension = null, double? WarmupRatio = null, string? Schedule = null,
    double? WeightDecay = null, int? QueryMaxTokens = null, int? PassageMaxTokens = null, int? CheckpointSteps = null, bool KeepStart = true)
{
    /// <summary>On one thread, where libtorch's sums are the same each time.</summary>
    public TrainSpec OnOneThread() => (TrainSpec)this is var spec ? spec with { Scale = (spec.Scale ?? new()) with { Threads = 1 } } : spec;

    public static implicit operator TrainSpec(FlatSpec flat) => TrainSpecs.Parse(JsonSerializer.SerializeToElement(flat, ReasonIrJson.Web));
}
