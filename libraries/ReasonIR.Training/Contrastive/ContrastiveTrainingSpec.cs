using System.Text.Json.Serialization;
using ReasonIR.Models.SentenceTransformers;
using ReasonIR.Models.Transformers;
using ReasonIR.Training.Schedules;

namespace ReasonIR.Training.Contrastive;

/// <summary>Settings of a contrastive training run. Two runs with equal settings and data on one machine give equal weights.</summary>
/// <param name="BaseModel">A sentence-transformers or plain Hugging Face folder.</param>
/// <param name="Epochs">Passes over the examples; ignored where <paramref name="MaxSteps"/> is given.</param>
/// <param name="MaxSteps">Optimizer steps; null: by <paramref name="Epochs"/>.</param>
/// <param name="BatchSize">Queries a step, over all processes; the passages of all are each query's negatives.</param>
/// <param name="NegativesPerQuery">Hard negatives drawn from each example's own; examples that have fewer give what they have.</param>
/// <param name="Temperature">Divides the cosines.</param>
/// <param name="LearningRate">The peak.</param>
/// <param name="Schedule">See there.</param>
/// <param name="Warmup">Share of the steps, or from 1 on their number.</param>
/// <param name="WeightDecay">Decoupled, on all parameters unless <see cref="Optimizer"/> says otherwise.</param>
/// <param name="MaxGradientNorm">Clips the global norm; 0: no clipping.</param>
/// <param name="Seed">Order of examples, draws, dropout.</param>
/// <param name="MaxQueryTokens">Special tokens included; null: the model's limit.</param>
/// <param name="MaxPassageTokens">As <paramref name="MaxQueryTokens"/>.</param>
/// <param name="QueryPrompt">Put before queries; it should be used in searching too.</param>
/// <param name="PassagePrompt">Put before passages.</param>
/// <param name="NoDuplicates">No text twice in a batch: a passage that is positive for two queries is else a false negative of both.</param>
/// <param name="CheckpointSteps">A checkpoint every so many steps; 0: only when canceled or paused.</param>
/// <param name="Threads">Of libtorch; null: all cores.</param>
/// <param name="MaxSeconds">Wall-clock limit, loading and earlier starts included; the model as it is then is the result. Null: none.</param>
public sealed record ContrastiveTrainingSpec(
    string BaseModel, double Epochs = 1, int? MaxSteps = null, int BatchSize = 32, int NegativesPerQuery = 1, double Temperature = 0.05,
    double LearningRate = 2e-5, ScheduleOptions? Schedule = null, double Warmup = 0.1, double WeightDecay = 0, double MaxGradientNorm = 1,
    int Seed = 42, int? MaxQueryTokens = null, int? MaxPassageTokens = null, string QueryPrompt = "", string PassagePrompt = "",
    bool NoDuplicates = false, int CheckpointSteps = 50, int? Threads = null,
    double? MaxSeconds = null)
{
    public LossSettings Loss { get; init; } = new();

    public OptimizerSettings Optimizer { get; init; } = new();

    public ScaleSettings Scale { get; init; } = new();

    /// <summary>Null: the weights themselves are trained.</summary>
    public LoraSettings? Lora { get; init; }

    /// <summary>Null: nothing is evaluated.</summary>
    public EvaluationSettings? Evaluation { get; init; }

    public DivergenceSettings Divergence { get; init; } = new();

    /// <summary>Every so many steps the hardest negatives of the batch are told to the log; 0: never.</summary>
    public int HardNegativeSteps { get; init; }

    /// <summary>Whether a decoder attends both ways; null: as its folder says.</summary>
    public bool? Bidirectional { get; init; }

    /// <summary>Pooling of a plain Hugging Face folder; null: mean. A folder with modules.json states its own.</summary>
    public PoolingMode? Pooling { get; init; }

    /// <summary>Whether a prompt's tokens count in the pooling of a plain Hugging Face folder; null: they do. A folder with modules.json states its own.</summary>
    public bool? IncludePrompt { get; init; }

    /// <summary>Named prompts of the written model; null: the base's. They change nothing in training.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public PromptSet? Prompts { get; init; }

    /// <summary><c>cpu</c>, <c>cuda</c> or <c>cuda:N</c>; null: a GPU where libtorch sees one, else the CPU.</summary>
    public string? Device { get; init; }

    /// <summary>All that is wrong with the settings, each with its field; empty where they can be used.</summary>
    public IReadOnlyList<string> Problems() => SpecProblems.Of(this);

    /// <exception cref="ArgumentException">Settings are out of range or contradict each other; the message names all that do.</exception>
    public void Validate()
    {
        if (Problems() is { Count: > 0 } problems)
            throw new ArgumentException(string.Join("\n", problems));
    }
}
