namespace ReasonIR.Training.Contrastive;

/// <summary>Figures of one optimizer step.</summary>
/// <param name="Step">From 1.</param>
/// <param name="Loss">Mean over the batch, before the step.</param>
/// <param name="GradientNorm">Global, before clipping.</param>
/// <param name="PairsPerSecond">Queries of the batch over the time of this step.</param>
public sealed record TrainingStep(int Step, int Steps, double Loss, double GradientNorm, double LearningRate, double PairsPerSecond);

/// <summary>Receives what a run tells, on the training thread: it should only note it.</summary>
public interface ITrainingLog
{
    void Report(TrainingStep step);

    void Message(string text);
}
