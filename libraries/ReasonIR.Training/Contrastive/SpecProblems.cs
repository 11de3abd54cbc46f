using System.Globalization;
using ReasonIR.Training.Losses;
using ReasonIR.Training.Schedules;

namespace ReasonIR.Training.Contrastive;

/// <summary>Collects everything that is wrong with a spec, so that it is told at once.</summary>
sealed class SpecProblems
{
    const int MostSteps = 10_000_000;

    readonly List<string> found = [];

    public static IReadOnlyList<string> Of(ContrastiveTrainingSpec spec)
    {
        var problems = new SpecProblems();
        problems.Run(spec);
        problems.Loss(spec.Loss);
        problems.Optimizer(spec.Optimizer);
        problems.Scale(spec);
        problems.Watch(spec);
        return problems.found;
    }

    void Run(ContrastiveTrainingSpec s)
    {
        Check(!string.IsNullOrWhiteSpace(s.BaseModel), "BaseModel", $"'{s.BaseModel}'", "a folder");
        Check(s.Epochs is > 0 and <= 10_000, "Epochs", s.Epochs, "above 0, at most 10,000");
        Check(s.MaxSteps is null or (>= 1 and <= MostSteps), "MaxSteps", s.MaxSteps, "1 to 10,000,000");
        Check(s.BatchSize is >= 2 and <= 65_536, "BatchSize", s.BatchSize, "2 to 65,536");
        Check(s.NegativesPerQuery is >= 0 and <= 1_000, "NegativesPerQuery", s.NegativesPerQuery, "0 to 1,000");
        Check(s.Temperature is > 0 and <= 100, "Temperature", s.Temperature, "above 0, at most 100");
        Check(s.LearningRate is >= 0 and <= 10, "LearningRate", s.LearningRate, "0 to 10");
        Check(s.Warmup >= 0 && s.Warmup <= MostSteps, "Warmup", s.Warmup, "0 or more");
        Check(s.WeightDecay is >= 0 and < 1, "WeightDecay", s.WeightDecay, "0 to below 1");
        Check(s.MaxGradientNorm >= 0, "MaxGradientNorm", s.MaxGradientNorm, "above 0, or 0 for none");
        Check(s.MaxQueryTokens is null or >= 1, "MaxQueryTokens", s.MaxQueryTokens, "1 or more");
        Check(s.MaxPassageTokens is null or >= 1, "MaxPassageTokens", s.MaxPassageTokens, "1 or more");
        Check(s.CheckpointSteps >= 0, "CheckpointSteps", s.CheckpointSteps, "0 or more");
        Check(s.Threads is null or (>= 1 and <= 1024), "Threads", s.Threads, "1 to 1,024");
        Check(s.MaxSeconds is null or >= 0, "MaxSeconds", s.MaxSeconds, "0 or more");
        Check(s.Device is null or "cpu" or "cuda" || s.Device.StartsWith("cuda:", StringComparison.Ordinal) && int.TryParse(s.Device.AsSpan(5), NumberStyles.None, CultureInfo.InvariantCulture, out _),
            "Device", $"'{s.Device}'", "cpu, cuda or cuda:N");
        if (s.Schedule is { } schedule)
            try
            {
                _ = new LearningRateSchedule(schedule, 1, 10, 1).At(9);
            }
            catch (NotSupportedException error)
            {
                found.Add($"Schedule: {error.Message}");
            }
    }

    void Loss(LossSettings loss)
    {
        Check(loss.Weight is >= 0 and <= 1e6, "Loss.Weight", loss.Weight, "0 or more");
        Check(loss.Directions.HasFlag(Directions.QueryToDocument) && (loss.Directions & ~(Directions)15) == 0, "Loss.Directions", loss.Directions, "QueryToDocument, alone or with others");
        Check(loss.Weight > 0 || loss.Distillation is not null, "Loss.Weight", loss.Weight, "above 0 where there is no distillation");
        Check(loss.ScoreGuard is null || double.IsFinite(loss.ScoreGuard.Margin), "Loss.ScoreGuard.Margin", loss.ScoreGuard?.Margin, "a number");
        Check(loss.Reasoning is null or { MaxRatio: > 0 and < double.PositiveInfinity }, "Loss.Reasoning.MaxRatio", loss.Reasoning?.MaxRatio, "above 0");
        if (loss.Distillation is { } d)
        {
            Check(d.Weight is > 0 and <= 1e6, "Loss.Distillation.Weight", d.Weight, "above 0");
            Check(d.StudentTemperature is null or > 0, "Loss.Distillation.StudentTemperature", d.StudentTemperature, "above 0");
            Check(d.TeacherTemperature > 0, "Loss.Distillation.TeacherTemperature", d.TeacherTemperature, "above 0");
        }
        if (loss.Matryoshka is { } dimensions)
        {
            Check(dimensions.Count is >= 1 and <= 64, "Loss.Matryoshka", $"a list of {dimensions.Count}", "1 to 64 dimensions");
            foreach (var (width, weight) in dimensions)
                Check(width >= 1 && weight is > 0 and <= 1e6, "Loss.Matryoshka", $"{width} with weight {weight}", "a width from 1 and a weight above 0");
            Check(dimensions.DistinctBy(m => m.Width).Count() == dimensions.Count, "Loss.Matryoshka", string.Join(", ", dimensions.Select(m => m.Width)), "each width once");
        }
    }

    void Optimizer(OptimizerSettings o)
    {
        Check(o.Beta1 is >= 0 and < 1, "Optimizer.Beta1", o.Beta1, "0 to below 1");
        Check(o.Beta2 is >= 0 and < 1, "Optimizer.Beta2", o.Beta2, "0 to below 1");
        Check(o.Eps is > 0 and < 1, "Optimizer.Eps", o.Eps, "above 0, below 1");
        Check(o.FreezeLayers >= 0, "Optimizer.FreezeLayers", o.FreezeLayers, "0 or more");
        foreach (var rate in o.Rates ?? [])
            Check(rate.Pattern.Length > 0 && rate.Factor is >= 0 and <= 1e6, "Optimizer.Rates", $"'{rate.Pattern}' with factor {rate.Factor}", "a pattern and a factor from 0");
        foreach (var (field, patterns) in new[] { ("NoDecay", o.NoDecay), ("Freeze", o.Freeze) })
            Check(patterns?.Any(string.IsNullOrEmpty) != true, $"Optimizer.{field}", "an empty pattern", "names with * and ?");
    }

    void Scale(ContrastiveTrainingSpec s)
    {
        var scale = s.Scale;
        Check(scale.ChunkTexts is null or >= 1, "Scale.ChunkTexts", scale.ChunkTexts, "1 or more");
        Check(scale.ChunkTokens is null or >= 1, "Scale.ChunkTokens", scale.ChunkTokens, "1 or more");
        Check(scale.AccumulationSteps is >= 1 and <= 65_536, "Scale.AccumulationSteps", scale.AccumulationSteps, "1 to 65,536");
        Check(scale.AccumulationSteps <= s.BatchSize / 2 || scale.AccumulationSteps == 1, "Scale.AccumulationSteps", scale.AccumulationSteps, $"at most half of BatchSize {s.BatchSize}, so that each part has in-batch negatives");
        if (s.Lora is not { } lora)
            return;
        Check(lora.Rank is >= 1 and <= 4096, "Lora.Rank", lora.Rank, "1 to 4,096");
        Check(lora.Alpha is > 0 and <= 1e6, "Lora.Alpha", lora.Alpha, "above 0");
        Check(lora.Dropout is >= 0 and < 1, "Lora.Dropout", lora.Dropout, "0 to below 1");
        Check(lora.Targets?.Count != 0 && lora.Targets?.Any(string.IsNullOrWhiteSpace) != true, "Lora.Targets", "a list without or with empty names", "names of linears, or none for all of the layers'");
    }

    void Watch(ContrastiveTrainingSpec s)
    {
        if (s.Evaluation is { } e)
        {
            Check(e.Steps >= 1, "Evaluation.Steps", e.Steps, "1 or more");
            Check(e.Patience is null or >= 1, "Evaluation.Patience", e.Patience, "1 or more");
            Check(e.MinImprovement >= 0, "Evaluation.MinImprovement", e.MinImprovement, "0 or more");
        }
        Check(s.Divergence.Factor is null or > 1, "Divergence.Factor", s.Divergence.Factor, "above 1");
        Check(s.Divergence.Steps is >= 1 and <= 100_000, "Divergence.Steps", s.Divergence.Steps, "1 to 100,000");
        Check(s.Divergence.Window is >= 5 and <= 100_000, "Divergence.Window", s.Divergence.Window, "5 to 100,000");
        Check(s.HardNegativeSteps >= 0, "HardNegativeSteps", s.HardNegativeSteps, "0 or more");
    }

    void Check(bool holds, string field, object? value, string expected)
    {
        if (!holds)
            found.Add(FormattableString.Invariant($"{field} is {value}; {expected} was expected."));
    }
}
