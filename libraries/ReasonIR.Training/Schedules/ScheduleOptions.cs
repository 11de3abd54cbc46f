namespace ReasonIR.Training.Schedules;

/// <summary>A learning-rate schedule by transformers' name and with its options; null: transformers' default.</summary>
/// <param name="Name"><c>constant</c>, <c>constant_with_warmup</c>, <c>linear</c>, <c>cosine</c>, <c>cosine_with_restarts</c>, <c>cosine_with_min_lr</c>, <c>cosine_warmup_with_min_lr</c>, <c>polynomial</c>, <c>inverse_sqrt</c> or <c>warmup_stable_decay</c>.</param>
/// <param name="Cycles">Waves of the cosine (0.5: down once) or restarts.</param>
/// <param name="MinRate">Floor as a share of the peak.</param>
/// <param name="Min">Floor as a learning rate (cosine_with_min_lr).</param>
/// <param name="WarmupRate">Where warm-up starts, as a share of the peak (cosine_warmup_with_min_lr).</param>
/// <param name="Power">Exponent of polynomial.</param>
/// <param name="End">Floor of polynomial, a learning rate.</param>
/// <param name="Timescale">Steps, of inverse_sqrt.</param>
/// <param name="DecaySteps">Length of warmup_stable_decay's end.</param>
/// <param name="StableSteps">Length of its middle; null: what remains.</param>
/// <param name="WarmupType"><c>linear</c>, <c>cosine</c> or <c>1-sqrt</c>.</param>
/// <param name="DecayType">As <paramref name="WarmupType"/>.</param>
public sealed record ScheduleOptions(
    string Name = "linear", double? Cycles = null, double? MinRate = null, double? Min = null, double? WarmupRate = null, double? Power = null,
    double? End = null, int? Timescale = null, int? DecaySteps = null, int? StableSteps = null, string? WarmupType = null, string? DecayType = null);
