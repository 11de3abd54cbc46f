using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments.Models;
using ReasonIR.Experiments.Runs;
using ReasonIR.Trainer.Data;

namespace ReasonIR.Trainer.Runs;

/// <summary>What a base is asked to do.</summary>
/// <param name="Sets">What is trained on, in the order of the spec's sources.</param>
/// <param name="Base">The registered model that training starts from; null: from scratch.</param>
public sealed record TrainingJob(RunContext Run, TrainSpec Spec, IReadOnlyList<TrainingSet> Sets, Model? Base, AttemptFolder Folder);

/// <summary>A finished model that waits to be registered.</summary>
/// <param name="Role"><c>trained</c> or <c>start</c>.</param>
public sealed record TrainedModel(string Name, string Folder, string Role);

/// <summary>What training came to.</summary>
/// <param name="Models">The trained one, and the start where it was kept.</param>
/// <param name="Steps">Optimizer steps done.</param>
/// <param name="BestStep">The step whose weights were kept.</param>
/// <param name="Seconds">Over all attempts.</param>
/// <param name="Stopped">Why it ended.</param>
/// <param name="Settings">Every setting, defaults written out.</param>
/// <param name="StartLoss">Held-out loss before the first step.</param>
/// <param name="BestLoss">Held-out loss of the weights that were kept.</param>
public sealed record TrainingOutcome(
    IReadOnlyList<TrainedModel> Models, int Steps, int BestStep, double Seconds, string Stopped, IReadOnlyDictionary<string, string> Settings,
    double? StartLoss = null, double? BestLoss = null, HeldOutCheck? HeldOut = null);

/// <summary>A kind of model that can be trained.</summary>
public interface IModelBase
{
    /// <summary>Trains, from the last checkpoint where there is one.</summary>
    Task<TrainingOutcome> TrainAsync(TrainingJob job, CancellationToken cancellation);
}
