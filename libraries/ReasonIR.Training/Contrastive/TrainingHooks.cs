using ReasonIR.Models.Transformers;

namespace ReasonIR.Training.Contrastive;

/// <summary>What a run calls back, on the training thread, between two steps.</summary>
/// <param name="Evaluate">The score of the model as it is, higher is better; see <see cref="EvaluationSettings"/>.</param>
/// <param name="Pause">Asks the run to write a checkpoint at the next step's boundary and end.</param>
public sealed record TrainingHooks(Func<TrainedModelView, double>? Evaluate = null, CancellationToken Pause = default);

/// <summary>The model in the middle of a run, in evaluation mode. Only valid during the call.</summary>
/// <param name="Step">Steps done.</param>
public sealed record TrainedModelView(SentenceModel Model, TextTokens Tokens, ContrastiveTrainingSpec Spec, int Step);
