using System.Globalization;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Runs.Training;
using ReasonIR.Models.Transformers;
using ReasonIR.Trainer.Data;
using ReasonIR.Training.Contrastive;
using ReasonIR.Training.Losses;
using ReasonIR.Training.Schedules;
using Directions = ReasonIR.Training.Losses.Directions;

namespace ReasonIR.Trainer.TransformerBase;

/// <summary>The settings of a transformer base: those of the spec, and where it says nothing those that small sentence models are usually fine-tuned with.</summary>
static class TransformerSettings
{
    /// <summary>A step takes seconds on a CPU: a worker that dies should not lose many.</summary>
    const int CheckpointSteps = 20;

    /// <param name="stepsPerEpoch">Steps of one pass over the data.</param>
    public static ContrastiveTrainingSpec Of(TrainSpec spec, BaseFolder from, int stepsPerEpoch)
    {
        var data = spec.Data;
        var usual = new ContrastiveTrainingSpec(from.Folder.Path);
        var first = SourceSettings.Of(data, data.Sources[0], from.Folder.Prompts);
        var epochs = data.Epochs ?? (data.Steps is null ? 1 : double.PositiveInfinity);
        return usual with
        {
            Epochs = data.Epochs ?? 1,
            MaxSteps = (int)Math.Clamp(Math.Ceiling(epochs * stepsPerEpoch), 1, data.Steps ?? 10_000_000),
            BatchSize = data.BatchSize ?? SourceReader.DefaultBatch,
            NegativesPerQuery = data.Negatives ?? usual.NegativesPerQuery,
            Temperature = spec.Loss?.Temperature ?? usual.Temperature,
            LearningRate = spec.Optimizer?.LearningRate ?? usual.LearningRate,
            Schedule = Schedule(spec.Schedule ?? new()),
            Warmup = spec.Schedule?.Warmup ?? usual.Warmup,
            WeightDecay = spec.Optimizer?.WeightDecay ?? usual.WeightDecay,
            MaxGradientNorm = spec.Optimizer?.MaxGradientNorm ?? usual.MaxGradientNorm,
            Seed = spec.Seed,
            MaxQueryTokens = data.QueryMaxTokens,
            MaxPassageTokens = data.PassageMaxTokens,
            QueryPrompt = first.Prompts.ForQuery(first.Instruction),
            PassagePrompt = first.Prompts.ForPassage(null),
            CheckpointSteps = spec.Scale?.CheckpointSteps ?? CheckpointSteps,
            Threads = spec.Scale?.Threads,
            MaxSeconds = data.Seconds,
            Loss = Loss(spec.Loss ?? new()),
            Optimizer = Optimizer(spec.Optimizer ?? new(), spec.Scale ?? new()),
            Scale = Scale(spec.Scale ?? new()),
            Lora = spec.Scale?.Lora is { } lora ? new(lora.Rank, lora.Alpha, lora.Dropout, lora.Targets, lora.RankStabilized, spec.Output.Format != "peft") : null,
            Evaluation = spec.Evaluation is { Steps: { } every } evaluation
                ? new(every, evaluation.Patience, evaluation.MinImprovement ?? 0, evaluation.KeepBest ?? true, evaluation.AtStart ?? true) : null,
            HardNegativeSteps = spec.Evaluation?.HardNegativeSteps ?? 0,
            Bidirectional = spec.From.Attention is { } attention ? attention == "bidirectional" : null,
            Pooling = spec.From.Pooling is { } pooling ? SequencePooling.Parse(pooling) : null,
            IncludePrompt = spec.From.PoolPrompt,
        };
    }

    static ScheduleOptions Schedule(ScheduleSection s) => new(
        s.Kind switch { null => "linear", "constant" when s.Warmup != 0 => "constant_with_warmup", var name => name },
        s.Cycles, s.MinRate, s.Min, s.WarmupRate, s.Power, s.End, s.Timescale, s.DecaySteps, s.StableSteps, s.WarmupType, s.DecayType);

    static LossSettings Loss(LossSection s) => new(
        s.Weight ?? 1,
        (s.Directions ?? []).Aggregate(Directions.QueryToDocument, (all, one) => all | Enum.Parse<Directions>(one, ignoreCase: true)),
        s.Partition == "joint" ? Partition.Joint : Partition.PerDirection,
        s.Scope is null ? NegativeScope.All : Enum.Parse<NegativeScope>(s.Scope, ignoreCase: true),
        s.ScoreGuard is { } guard ? new(guard.Margin, guard.Relative) : null, s.IdGuard ?? true, s.GuardOwnNegatives ?? false,
        s.WeightNorm == "batchSize" ? WeightNorm.BatchSize : WeightNorm.SumOfWeights,
        s.Reasoning is { } reasoning ? new(reasoning.MaxRatio) : null,
        s.Distillation is { } d ? new(d.Kind switch { "kl" => DistillationKind.KullbackLeibler, "crossEntropy" => DistillationKind.CrossEntropy, _ => DistillationKind.MarginMse }, d.Weight,
            d.Similarity == "dot" ? Similarity.Dot : Similarity.Cosine, d.StudentTemperature, d.TeacherTemperature, d.TimesSquaredTemperature) : null,
        s.Matryoshka is { } widths ? [.. widths.Select(one => new MatryoshkaDimension(one.Width, one.Weight))] : null, s.MatryoshkaMean ?? false);

    static OptimizerSettings Optimizer(OptimizerSection s, ScaleSection scale)
    {
        var usual = new OptimizerSettings();
        return new(s.Beta1 ?? usual.Beta1, s.Beta2 ?? usual.Beta2, s.Epsilon ?? usual.Eps, s.NoDecayOnBiasAndNorm ?? usual.NoDecayOnBiasAndNorm, s.NoDecay,
            s.Rates is { } rates ? [.. rates.Select(rate => new RateSetting(rate.Pattern, rate.Factor))] : null, scale.Freeze, scale.FreezeEmbeddings ?? false, scale.FreezeLayers ?? 0);
    }

    static ScaleSettings Scale(ScaleSection s) => new(s.GradCache?.Texts, s.GradCache?.Tokens, s.Accumulation ?? 1, s.Checkpointing ?? false,
        s.Precision switch { "bf16" => Precision.Bf16Mixed, "pureBf16" => Precision.Bf16, _ => Precision.F32 });

    /// <summary>Every setting by name.</summary>
    public static IReadOnlyDictionary<string, string> Written(TrainSpec spec, ContrastiveTrainingSpec settings) => new SortedDictionary<string, string>(StringComparer.Ordinal)
    {
        ["base"] = spec.From.Model,
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
