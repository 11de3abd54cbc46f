using ReasonIR.Models.Transformers;

namespace ReasonIR.Training.Contrastive;

/// <summary>Figures of one optimizer step.</summary>
/// <param name="Step">From 1.</param>
/// <param name="Loss">Of the batch, before the step.</param>
/// <param name="GradientNorm">Global, before clipping.</param>
/// <param name="PairsPerSecond">Queries of the batch over the time of this step.</param>
public sealed record TrainingStep(int Step, int Steps, double Loss, double GradientNorm, double LearningRate, double PairsPerSecond)
{
    /// <summary>Time that the step waited for its batch.</summary>
    public double WaitSeconds { get; init; }

    /// <summary>Time of the step, the waiting included.</summary>
    public double Seconds { get; init; }

    /// <summary>Tokens of the batch, queries and passages.</summary>
    public long Tokens { get; init; }
}

/// <summary>A passage that scores high for a query it does not belong to as a positive.</summary>
/// <param name="Step">From 1.</param>
/// <param name="Example">The query's.</param>
/// <param name="PassageExample">The one that brought the passage.</param>
/// <param name="IsOwn">Whether it is a hard negative of the query itself.</param>
/// <param name="Score">Its cosine.</param>
/// <param name="PositiveScore">The cosine of the query's first positive.</param>
/// <param name="Query">As tokens.</param>
/// <param name="Passage">As tokens.</param>
public sealed record HardNegative(int Step, string Example, string PassageExample, bool IsOwn, double Score, double PositiveScore, TokenizedText Query, TokenizedText Passage);

/// <summary>Receives what a run tells, on the training thread: it should only note it. In a data-parallel run the first process alone tells.</summary>
public interface ITrainingLog
{
    void Report(TrainingStep step);

    void Message(string text);

    /// <summary>The model after so many steps was evaluated.</summary>
    void Evaluated(int step, double score, bool isBest)
    {
    }

    /// <summary>The hardest negatives of a batch, by how far they score above (or least below) the positive.</summary>
    void HardestNegatives(IReadOnlyList<HardNegative> negatives)
    {
    }
}
