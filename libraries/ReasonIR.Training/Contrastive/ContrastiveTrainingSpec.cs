using ReasonIR.Training.Schedules;

namespace ReasonIR.Training.Contrastive;

/// <summary>Settings of a contrastive training run. Two runs with equal settings and data on one machine give equal weights.</summary>
/// <param name="BaseModel">A sentence-transformers or plain Hugging Face folder.</param>
/// <param name="Epochs">Passes over the examples; ignored where <paramref name="MaxSteps"/> is given.</param>
/// <param name="MaxSteps">Optimizer steps; null: by <paramref name="Epochs"/>.</param>
/// <param name="BatchSize">Queries a step; the passages of all are each query's negatives.</param>
/// <param name="NegativesPerQuery">Hard negatives drawn from each example's own; examples that have fewer give what they have.</param>
/// <param name="Temperature">Divides the cosines.</param>
/// <param name="LearningRate">The peak.</param>
/// <param name="Schedule">See there.</param>
/// <param name="Warmup">Share of the steps, or from 1 on their number.</param>
/// <param name="WeightDecay">Decoupled, on all parameters.</param>
/// <param name="MaxGradientNorm">Clips the global norm.</param>
/// <param name="Seed">Order of examples, draws, dropout.</param>
/// <param name="MaxQueryTokens">Special tokens included; null: the model's limit.</param>
/// <param name="MaxPassageTokens">As <paramref name="MaxQueryTokens"/>.</param>
/// <param name="QueryPrompt">Put before queries; it should be used in searching too.</param>
/// <param name="PassagePrompt">Put before passages.</param>
/// <param name="NoDuplicates">No text twice in a batch: a passage that is positive for two queries is else a false negative of both.</param>
/// <param name="CheckpointSteps">A checkpoint every so many steps; 0: only when canceled.</param>
/// <param name="Threads">Of libtorch; null: all cores.</param>
/// <param name="MaxSeconds">Wall-clock limit, loading and earlier starts included; the model as it is then is the result. Null: none.</param>
public sealed record ContrastiveTrainingSpec(
    string BaseModel, double Epochs = 1, int? MaxSteps = null, int BatchSize = 32, int NegativesPerQuery = 1, double Temperature = 0.05,
    double LearningRate = 2e-5, ScheduleOptions? Schedule = null, double Warmup = 0.1, double WeightDecay = 0, double MaxGradientNorm = 1,
    int Seed = 42, int? MaxQueryTokens = null, int? MaxPassageTokens = null, string QueryPrompt = "", string PassagePrompt = "",
    bool NoDuplicates = false, int CheckpointSteps = 50, int? Threads = null,
    double? MaxSeconds = null)
{
    /// <exception cref="ArgumentException">A setting is out of range; the message names it.</exception>
    public void Validate()
    {
        Check(Epochs is > 0 and <= 10_000, nameof(Epochs), Epochs, "above 0, at most 10,000");
        Check(MaxSteps is null or (>= 1 and <= 10_000_000), nameof(MaxSteps), MaxSteps, "1 to 10,000,000");
        Check(BatchSize is >= 2 and <= 65_536, nameof(BatchSize), BatchSize, "2 to 65,536");
        Check(NegativesPerQuery is >= 0 and <= 1_000, nameof(NegativesPerQuery), NegativesPerQuery, "0 to 1,000");
        Check(Temperature is > 0 and <= 100, nameof(Temperature), Temperature, "above 0, at most 100");
        Check(LearningRate is >= 0 and <= 10, nameof(LearningRate), LearningRate, "0 to 10");
        Check(Warmup >= 0 && double.IsFinite(Warmup), nameof(Warmup), Warmup, "0 or more");
        Check(WeightDecay is >= 0 and < 1, nameof(WeightDecay), WeightDecay, "0 to below 1");
        Check(MaxGradientNorm > 0, nameof(MaxGradientNorm), MaxGradientNorm, "above 0");
        Check(CheckpointSteps >= 0, nameof(CheckpointSteps), CheckpointSteps, "0 or more");
        Check(Threads is null or >= 1, nameof(Threads), Threads, "1 or more");
        Check(MaxSeconds is null or >= 0, nameof(MaxSeconds), MaxSeconds, "0 or more");
    }

    static void Check(bool holds, string name, object? value, string expected)
    {
        if (!holds)
            throw new ArgumentException($"{name} is {value}; {expected} was expected.", name);
    }
}
