using System.Globalization;
using ReasonIR.Contracts.Runs;
using ReasonIR.Training.Static;

namespace ReasonIR.Trainer.StaticBase;

/// <summary>The settings of a static base: those of the spec, and the recipe's where it says nothing.</summary>
static class StaticSettings
{
    public static StaticOptions Options(TrainSpec spec)
    {
        var recipe = new StaticOptions();
        return recipe with
        {
            Seed = spec.Seed,
            Dimension = spec.Dimension ?? recipe.Dimension,
            BatchSize = spec.BatchSize ?? recipe.BatchSize,
            LearningRate = (float?)spec.LearningRate ?? recipe.LearningRate,
            Temperature = (float?)spec.Temperature ?? recipe.Temperature,
            MaxSteps = spec.MaxSteps ?? recipe.MaxSteps,
            MaxTime = spec.MaxSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            CheckpointEvery = spec.CheckpointSteps ?? recipe.CheckpointEvery,
        };
    }

    /// <summary>Every setting by name.</summary>
    public static IReadOnlyDictionary<string, string> Written(StaticOptions options) => new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        ["base"] = "static",
        ["seed"] = Text(options.Seed),
        ["dimension"] = Text(options.Dimension),
        ["batchSize"] = Text(options.BatchSize),
        ["temperature"] = Text(options.Temperature),
        ["learningRate"] = Text(options.LearningRate),
        ["schedule"] = "constant",
        ["heldOutShare"] = Text(options.HeldOutShare),
        ["sentencesPerHeldOut"] = Text(options.SentencesPerHeldOut),
        ["checkEvery"] = options.CheckEvery is { } steps ? Text(steps) : "four passes, 10 to 40 steps",
        ["patience"] = Text(options.Patience),
        ["smallestGain"] = Text(options.SmallestGain),
        ["maxSteps"] = Text(options.MaxSteps),
        ["maxSeconds"] = options.MaxTime is { } time ? Text(time.TotalSeconds) : "none",
        ["maxWords"] = Text(options.MaxWords),
        ["checkpointSteps"] = options.CheckpointEvery is { } every ? Text(every) : "by time",
    };

    /// <summary>Names of the spec's fields that say something and mean nothing here.</summary>
    public static IReadOnlyList<string> Unused(TrainSpec spec) =>
    [
        .. new (string Name, bool Given)[]
        {
            ("epochs", spec.Epochs is not null), ("warmupRatio", spec.WarmupRatio is not null), ("schedule", spec.Schedule is not null),
            ("weightDecay", spec.WeightDecay is not null), ("queryMaxTokens", spec.QueryMaxTokens is not null), ("passageMaxTokens", spec.PassageMaxTokens is not null),
        }.Where(field => field.Given).Select(field => field.Name),
    ];

    static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}
