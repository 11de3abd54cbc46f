using ReasonIR.Contracts.Runs;

namespace ReasonIR.Contracts.Trainer;

/// <summary>What a training run will take, before it starts.</summary>
/// <param name="Base">What it starts from, in words.</param>
/// <param name="Parameters">Numbers in the model.</param>
/// <param name="Trainable">Those that are trained, adapters included.</param>
/// <param name="Examples">Examples of an epoch.</param>
/// <param name="Steps">Optimizer steps.</param>
/// <param name="TokensPerQuery">Mean of a sample, as it is cut.</param>
/// <param name="TokensPerPassage">Mean of a sample, as it is cut.</param>
/// <param name="TokensPerStep">Of a batch.</param>
/// <param name="TokensInFlight">Of which activations are held at a time, over all workers.</param>
/// <param name="Memory">Where the bytes go.</param>
/// <param name="MemoryBytes">All of them.</param>
/// <param name="AvailableBytes">What the machine has free, or the recipe's <c>scale.memory</c>.</param>
/// <param name="AvailableFrom">Where that figure comes from.</param>
/// <param name="TokensPerSecond">Measured by a step on this machine; null: not measured.</param>
/// <param name="OptimizerSeconds">Of a step, measured; null: not measured.</param>
/// <param name="StepSeconds">What a step will take; null: not measured.</param>
/// <param name="Seconds">What the run will take; null: not measured.</param>
/// <param name="Refusals">Why the run would be refused; empty where it can start.</param>
/// <param name="Notes">What the figures leave out.</param>
public sealed record TrainEstimate(
    string Base, long Parameters, long Trainable, long Examples, int Steps, double TokensPerQuery, double TokensPerPassage, double TokensPerStep, double TokensInFlight,
    IReadOnlyList<MemoryPart> Memory, long MemoryBytes, long AvailableBytes, string AvailableFrom,
    double? TokensPerSecond, double? OptimizerSeconds, double? StepSeconds, double? Seconds, IReadOnlyList<string> Refusals, IReadOnlyList<string> Notes);

/// <summary>A part of the memory.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Bytes">How much.</param>
/// <param name="How">How the figure comes about.</param>
public sealed record MemoryPart(string Name, long Bytes, string How);

/// <summary>Asks for an estimate.</summary>
/// <param name="Spec">The recipe.</param>
/// <param name="Probe">Measure the rate by a step, which loads the base.</param>
public sealed record EstimateRequest(TrainSpec Spec, bool Probe = true);
