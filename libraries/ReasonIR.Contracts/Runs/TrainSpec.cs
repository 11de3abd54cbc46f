using System.Text.Json.Serialization;

namespace ReasonIR.Contracts.Runs;

/// <summary>A dataset version becomes a model. Null settings take the default of the base, which the run records in its output.</summary>
/// <param name="Model">The name of the new model.</param>
/// <param name="Dataset">The dataset that is trained on.</param>
/// <param name="DatasetVersion">Its version; null: the newest sealed one.</param>
/// <param name="Base"><c>static</c> (from scratch on the dataset's corpus) or the name of a registered model.</param>
/// <param name="Seed">Decides initialization, order and draws.</param>
/// <param name="Epochs">Passes over the examples (a stored dataset on a transformer base).</param>
/// <param name="MaxSteps">Optimizer steps at most.</param>
/// <param name="MaxSeconds">Wall-clock seconds at most, preparation included.</param>
/// <param name="BatchSize">Pairs a step.</param>
/// <param name="LearningRate">Peak learning rate.</param>
/// <param name="Temperature">Temperature of InfoNCE.</param>
/// <param name="Dimension">Width of the vectors (static base).</param>
/// <param name="WarmupRatio">Share of the steps in which the learning rate rises (transformer base).</param>
/// <param name="Schedule">Learning-rate schedule: <c>constant</c>, <c>linear</c> or <c>cosine</c> (transformer base).</param>
/// <param name="WeightDecay">AdamW's decoupled decay (transformer base).</param>
/// <param name="QueryMaxTokens">Longer queries are cut (transformer base).</param>
/// <param name="PassageMaxTokens">Longer passages are cut (transformer base).</param>
/// <param name="CheckpointSteps">Steps between checkpoints.</param>
/// <param name="KeepStart">Also register the untrained start as <c>MODEL-start</c> (static base), so that training's effect can be measured.</param>
public sealed record TrainSpec(
    string Model,
    string Dataset,
    int? DatasetVersion = null,
    string Base = "static",
    int Seed = 0,
    int? Epochs = null,
    int? MaxSteps = null,
    double? MaxSeconds = null,
    int? BatchSize = null,
    double? LearningRate = null,
    double? Temperature = null,
    int? Dimension = null,
    double? WarmupRatio = null,
    string? Schedule = null,
    double? WeightDecay = null,
    int? QueryMaxTokens = null,
    int? PassageMaxTokens = null,
    int? CheckpointSteps = null,
    bool KeepStart = true) : IRunSpec
{
    /// <inheritdoc/>
    [JsonIgnore]
    public string Title => $"train {Model}";

    /// <inheritdoc/>
    public IEnumerable<string> Problems() =>
    [
        .. SpecChecks.Name("model", Model),
        .. SpecChecks.Name("dataset", Dataset),
        .. SpecChecks.Name("base", Base),
        .. SpecChecks.Range("datasetVersion", DatasetVersion, 1, int.MaxValue),
        .. SpecChecks.Range("epochs", Epochs, 1, 1000),
        .. SpecChecks.Range("maxSteps", MaxSteps, 0, 10_000_000),
        .. SpecChecks.Range("maxSeconds", MaxSeconds, 0, 30 * 24 * 3600),
        .. SpecChecks.Range("batchSize", BatchSize, 2, 65_536),
        .. SpecChecks.Range("learningRate", LearningRate, 0, 10),
        .. SpecChecks.Range("temperature", Temperature, 1e-4, 100),
        .. SpecChecks.Range("dimension", Dimension, 8, 8192),
        .. SpecChecks.Range("warmupRatio", WarmupRatio, 0, 1),
        .. Schedule is null ? [] : SpecChecks.OneOf("schedule", Schedule, "constant", "linear", "cosine"),
        .. SpecChecks.Range("weightDecay", WeightDecay, 0, 10),
        .. SpecChecks.Range("queryMaxTokens", QueryMaxTokens, 4, 131_072),
        .. SpecChecks.Range("passageMaxTokens", PassageMaxTokens, 4, 131_072),
        .. SpecChecks.Range("checkpointSteps", CheckpointSteps, 1, 1_000_000),
    ];
}
