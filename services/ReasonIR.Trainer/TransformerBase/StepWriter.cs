using ReasonIR.Trainer.Runs;
using ReasonIR.Training.Contrastive;

namespace ReasonIR.Trainer.TransformerBase;

/// <summary>Turns what the trainer tells into the run's series and progress.</summary>
sealed class StepWriter(RunSeriesWriter series) : ITrainingLog
{
    public void Report(TrainingStep step)
    {
        series.Points(step.Step, ("loss", step.Loss), ("gradient_norm", step.GradientNorm), ("learning_rate", step.LearningRate), ("pairs_per_second", step.PairsPerSecond));
        series.Progress((double)step.Step / step.Steps, FormattableString.Invariant($"step {step.Step} of {step.Steps}, loss {step.Loss:F3}, {step.PairsPerSecond:F1} pairs/s"));
    }

    public void Message(string text) => series.Log(text);
}
