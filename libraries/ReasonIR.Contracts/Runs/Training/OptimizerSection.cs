using ReasonIR.Contracts.Specs;

namespace ReasonIR.Contracts.Runs.Training;

/// <summary>AdamW. Patterns match parameter names, with * and ?, as in <c>encoder.layer.0.*</c>.</summary>
/// <param name="LearningRate">The peak.</param>
/// <param name="WeightDecay">Decoupled.</param>
/// <param name="NoDecayOnBiasAndNorm">Biases and norms are not decayed.</param>
/// <param name="NoDecay">Further names that are not.</param>
/// <param name="Rates">Learning rates of their own, by name, as factors of the run's.</param>
/// <param name="Beta1">Of the first moment.</param>
/// <param name="Beta2">Of the second.</param>
/// <param name="Epsilon">Added to the second moment's root.</param>
/// <param name="MaxGradientNorm">Clips the global norm; 0: no clipping.</param>
public sealed record OptimizerSection(
    double? LearningRate = null, double? WeightDecay = null, bool? NoDecayOnBiasAndNorm = null, IReadOnlyList<string>? NoDecay = null,
    IReadOnlyList<RateSection>? Rates = null, double? Beta1 = null, double? Beta2 = null, double? Epsilon = null, double? MaxGradientNorm = null)
{
    internal IEnumerable<string> Problems() =>
    [
        .. SpecChecks.Range("optimizer.learningRate", LearningRate, 0, 10),
        .. SpecChecks.Range("optimizer.weightDecay", WeightDecay, 0, 0.999),
        .. SpecChecks.Range("optimizer.beta1", Beta1, 0, 0.99999),
        .. SpecChecks.Range("optimizer.beta2", Beta2, 0, 0.999999),
        .. SpecChecks.Range("optimizer.epsilon", Epsilon, 1e-20, 1),
        .. SpecChecks.Range("optimizer.maxGradientNorm", MaxGradientNorm, 0, 1e9),
        .. SpecChecks.Patterns("optimizer.noDecay", NoDecay),
        .. SpecChecks.Patterns("optimizer.rates", Rates?.Select(rate => rate?.Pattern)),
        .. (Rates ?? []).SelectMany((rate, i) => SpecChecks.Range($"optimizer.rates[{i}].factor", rate?.Factor, 0, 1e6)),
    ];
}

/// <param name="Pattern">Names it holds for.</param>
/// <param name="Factor">Of the run's learning rate.</param>
public sealed record RateSection(string Pattern, double Factor);

/// <summary>The learning rate over the steps, by the names of transformers. Null: its default.</summary>
/// <param name="Kind"><c>constant</c>, <c>constant_with_warmup</c>, <c>linear</c>, <c>cosine</c>, <c>cosine_with_restarts</c>, <c>cosine_with_min_lr</c>,
/// <c>cosine_warmup_with_min_lr</c>, <c>polynomial</c>, <c>inverse_sqrt</c> or <c>warmup_stable_decay</c>. <c>constant</c> with a warm-up is <c>constant_with_warmup</c>.</param>
/// <param name="Warmup">A share of the steps, or from 1 on their number.</param>
/// <param name="Cycles">Waves of the cosine, or restarts.</param>
/// <param name="MinRate">Floor as a share of the peak.</param>
/// <param name="Min">Floor as a learning rate (cosine_with_min_lr).</param>
/// <param name="WarmupRate">Where warm-up starts, as a share of the peak (cosine_warmup_with_min_lr).</param>
/// <param name="Power">Exponent of polynomial.</param>
/// <param name="End">Floor of polynomial, a learning rate.</param>
/// <param name="Timescale">Steps, of inverse_sqrt.</param>
/// <param name="DecaySteps">Length of warmup_stable_decay's end.</param>
/// <param name="StableSteps">Length of its middle.</param>
/// <param name="WarmupType"><c>linear</c>, <c>cosine</c> or <c>1-sqrt</c>.</param>
/// <param name="DecayType">As <paramref name="WarmupType"/>.</param>
[Shorthand(nameof(Kind))]
public sealed record ScheduleSection(
    string? Kind = null, double? Warmup = null, double? Cycles = null, double? MinRate = null, double? Min = null, double? WarmupRate = null, double? Power = null,
    double? End = null, int? Timescale = null, int? DecaySteps = null, int? StableSteps = null, string? WarmupType = null, string? DecayType = null)
{
    internal IEnumerable<string> Problems() =>
    [
        .. Kind is null ? [] : SpecChecks.OneOf("schedule.kind", Kind, "constant", "constant_with_warmup", "linear", "cosine", "cosine_with_restarts", "cosine_with_min_lr",
            "cosine_warmup_with_min_lr", "polynomial", "inverse_sqrt", "warmup_stable_decay"),
        .. SpecChecks.Range("schedule.warmup", Warmup, 0, 10_000_000),
        .. SpecChecks.Range("schedule.cycles", Cycles, 0, 1000),
        .. SpecChecks.Range("schedule.minRate", MinRate, 0, 1),
        .. SpecChecks.Range("schedule.min", Min, 0, 10),
        .. SpecChecks.Range("schedule.warmupRate", WarmupRate, 0, 1),
        .. SpecChecks.Range("schedule.power", Power, 0, 100),
        .. SpecChecks.Range("schedule.end", End, 0, 10),
        .. SpecChecks.Range("schedule.timescale", Timescale, 1, 1_000_000_000),
        .. SpecChecks.Range("schedule.decaySteps", DecaySteps, 0, 10_000_000),
        .. SpecChecks.Range("schedule.stableSteps", StableSteps, 0, 10_000_000),
        .. WarmupType is null ? [] : SpecChecks.OneOf("schedule.warmupType", WarmupType, "linear", "cosine", "1-sqrt"),
        .. DecayType is null ? [] : SpecChecks.OneOf("schedule.decayType", DecayType, "linear", "cosine", "1-sqrt"),
    ];
}
