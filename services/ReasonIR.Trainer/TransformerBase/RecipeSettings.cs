using System.Globalization;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Runs.Training;
using ReasonIR.Models.SentenceTransformers;
using ReasonIR.Models.Transformers;
using ReasonIR.Trainer.Data;
using ReasonIR.Trainer.Runs;
using ReasonIR.Training.Contrastive;
using ReasonIR.Training.Distributed;
using ReasonIR.Training.Losses;
using ReasonIR.Training.Schedules;
using Directions = ReasonIR.Training.Losses.Directions;

namespace ReasonIR.Trainer.TransformerBase;

/// <summary>The settings of a transformer base: those of the spec, and where it says nothing those that small sentence models are usually fine-tuned with.</summary>
public static class RecipeSettings
{
    /// <summary>A step takes seconds on a CPU: a worker that dies should not lose many.</summary>
    const int CheckpointSteps = 20;

    /// <summary>What is usual for a model that has been trained before, and for one from scratch, whose weights have further to go.</summary>
    static (int Batch, double Epochs, double LearningRate, double WeightDecay) Usual(TrainSpec spec) =>
        TrainingPlan.FromScratch(spec) ? (64, 10, 5e-4, 0.01) : (32, 1, 2e-5, 0);

    /// <summary>Queries a step.</summary>
    public static int BatchSize(TrainSpec spec) => spec.Data.BatchSize ?? Usual(spec).Batch;

    /// <summary>Steps of the run: those of the epochs, or the steps that are asked for; of both, the fewer.</summary>
    /// <param name="stepsPerEpoch">Steps of one pass over the data.</param>
    public static int Steps(TrainSpec spec, int stepsPerEpoch)
    {
        var epochs = spec.Data.Epochs ?? (spec.Data.Steps is null ? Usual(spec).Epochs : double.PositiveInfinity);
        return (int)Math.Clamp(Math.Ceiling(epochs * stepsPerEpoch), 1, spec.Data.Steps ?? 10_000_000);
    }

    /// <summary>How tensors travel between the processes of the run.</summary>
    public static Collective Collective(TrainSpec spec) => spec.Scale?.Collective switch
    {
        "ring" => Training.Distributed.Collective.Ring,
        "nccl" => Training.Distributed.Collective.Nccl,
        _ => Training.Distributed.Collective.Auto,
    };

    /// <param name="folder">The base's.</param>
    /// <param name="prompts">The base's.</param>
    /// <param name="steps">Of the run.</param>
    public static ContrastiveTrainingSpec Of(TrainSpec spec, string folder, PromptSet prompts, int steps)
    {
        var data = spec.Data;
        var usual = new ContrastiveTrainingSpec(folder);
        var first = SourceSettings.Of(data, data.Sources[0], prompts);
        return usual with
        {
            Epochs = data.Epochs ?? Usual(spec).Epochs,
            MaxSteps = steps,
            BatchSize = BatchSize(spec),
            NegativesPerQuery = data.Negatives ?? usual.NegativesPerQuery,
            Temperature = spec.Loss?.Temperature ?? usual.Temperature,
            LearningRate = spec.Optimizer?.LearningRate ?? Usual(spec).LearningRate,
            Schedule = Schedule(spec.Schedule ?? new()),
            Warmup = spec.Schedule?.Warmup ?? usual.Warmup,
            WeightDecay = spec.Optimizer?.WeightDecay ?? Usual(spec).WeightDecay,
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
            Prompts = TrainedPrompts.Of(data, prompts),
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
