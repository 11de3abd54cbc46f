using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Serialization;
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
            Dimension = spec.From.Static?.Dimension ?? recipe.Dimension,
            BatchSize = spec.Data.BatchSize ?? recipe.BatchSize,
            LearningRate = (float?)spec.Optimizer?.LearningRate ?? recipe.LearningRate,
            Temperature = (float?)spec.Loss?.Temperature ?? recipe.Temperature,
            MaxSteps = spec.Data.Steps ?? recipe.MaxSteps,
            MaxTime = spec.Data.Seconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            CheckpointEvery = spec.Scale?.CheckpointSteps ?? recipe.CheckpointEvery,
        };
    }

    /// <summary>Hard negatives of a pair at most; null: all that there are.</summary>
    public static int? Negatives(TrainSpec spec) => spec.Data.Sources[0].Negatives ?? spec.Data.Negatives;

    /// <summary>Every setting by name.</summary>
    public static IReadOnlyDictionary<string, string> Written(StaticOptions options, int? negatives) => new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        ["base"] = "static",
        ["seed"] = Text(options.Seed),
        ["dimension"] = Text(options.Dimension),
        ["batchSize"] = Text(options.BatchSize),
        ["temperature"] = Text(options.Temperature),
        ["learningRate"] = Text(options.LearningRate),
        ["negatives"] = negatives is { } most ? Text(most) : "all",
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
    public static IReadOnlyList<string> Unused(TrainSpec spec)
    {
        var json = JsonSerializer.SerializeToNode(spec, ReasonIrJson.Web)!.AsObject();
        return [.. Fields(json, "").Where(field => !Used.Contains(Regex.Replace(field, @"\[\d+\]", "")))];
    }

    static readonly HashSet<string> Used =
    [
        "seed", "output.name", "output.license", "output.description", "base.model", "base.static.dimension", "base.static.keepStart", "data.sources.dataset", "data.sources.version", "data.sources.negatives", "data.negatives", "data.steps", "data.seconds",
        "data.batchSize", "optimizer.learningRate", "loss.temperature", "scale.checkpointSteps",
    ];

    /// <summary>The fields that hold a value, with their sections.</summary>
    static IEnumerable<string> Fields(JsonNode? node, string path) => node switch
    {
        JsonObject map => map.SelectMany(field => Fields(field.Value, path.Length == 0 ? field.Key : $"{path}.{field.Key}")),
        JsonArray list => list.SelectMany((item, i) => Fields(item, $"{path}[{i}]")),
        _ => [path],
    };

    static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}
