using System.Globalization;
using ReasonIR.Contracts.Runs;
using ReasonIR.Models;
using ReasonIR.Models.SentenceTransformers;
using ReasonIR.Training.Contrastive;

namespace ReasonIR.Trainer.TransformerBase;

/// <summary>The settings of a transformer base: those of the spec, and where it says nothing those that small sentence models are usually fine-tuned with.</summary>
static class TransformerSettings
{
    /// <summary>A step takes seconds on a CPU: a worker that dies should not lose many.</summary>
    const int CheckpointSteps = 20;

    /// <param name="examples">How many an epoch has.</param>
    public static ContrastiveTrainingSpec Of(TrainSpec spec, string folder, int examples)
    {
        if (spec.MaxSteps == 0)
            throw new ArgumentException("maxSteps: expected 1 or more for a transformer base, found 0; the base itself is the untrained model.");
        var usual = new ContrastiveTrainingSpec(folder);
        var batch = spec.BatchSize ?? usual.BatchSize;
        var epochs = (long)(spec.Epochs ?? 1) * ((examples + batch - 1) / batch);
        var prompts = SentenceTransformersFolder.Open(folder).Prompts;
        return usual with
        {
            Epochs = spec.Epochs ?? 1,
            MaxSteps = (int)Math.Clamp(epochs, 1, spec.MaxSteps ?? 10_000_000),
            BatchSize = batch,
            Temperature = spec.Temperature ?? usual.Temperature,
            LearningRate = spec.LearningRate ?? usual.LearningRate,
            Schedule = new(Schedule(spec)),
            Warmup = spec.WarmupRatio ?? usual.Warmup,
            WeightDecay = spec.WeightDecay ?? usual.WeightDecay,
            Seed = spec.Seed,
            MaxQueryTokens = spec.QueryMaxTokens,
            MaxPassageTokens = spec.PassageMaxTokens,
            // As the Encoder service will put them.
            QueryPrompt = Prompt(prompts, "query"),
            PassagePrompt = Prompt(prompts, "document"),
            CheckpointSteps = spec.CheckpointSteps ?? CheckpointSteps,
            MaxSeconds = spec.MaxSeconds,
        };
    }

    static string Schedule(TrainSpec spec) => spec.Schedule switch
    {
        null => "linear",
        "constant" => "constant_with_warmup",
        var name => name,
    };

    static string Prompt(PromptSet prompts, string name) => prompts.Resolve(new EncodeOptions(PromptName: prompts.Prompts.ContainsKey(name) ? name : null));

    /// <summary>Every setting by name.</summary>
    public static IReadOnlyDictionary<string, string> Written(TrainSpec spec, ContrastiveTrainingSpec settings) => new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        ["base"] = spec.Base,
        ["seed"] = Text(settings.Seed),
        ["epochs"] = Text(settings.Epochs),
        ["maxSteps"] = Text(settings.MaxSteps ?? 0),
        ["maxSeconds"] = settings.MaxSeconds is { } seconds ? Text(seconds) : "none",
        ["batchSize"] = Text(settings.BatchSize),
        ["negativesPerQuery"] = Text(settings.NegativesPerQuery),
        ["temperature"] = Text(settings.Temperature),
        ["learningRate"] = Text(settings.LearningRate),
        ["schedule"] = settings.Schedule!.Name,
        ["warmupRatio"] = Text(settings.Warmup),
        ["weightDecay"] = Text(settings.WeightDecay),
        ["maxGradientNorm"] = Text(settings.MaxGradientNorm),
        ["queryMaxTokens"] = settings.MaxQueryTokens is { } query ? Text(query) : "the model's",
        ["passageMaxTokens"] = settings.MaxPassageTokens is { } passage ? Text(passage) : "the model's",
        ["queryPrompt"] = settings.QueryPrompt,
        ["passagePrompt"] = settings.PassagePrompt,
        ["dropout"] = "the model's",
        ["checkpointSteps"] = Text(settings.CheckpointSteps),
    };

    static string Text(IFormattable value) => value.ToString(null, CultureInfo.InvariantCulture);
}
