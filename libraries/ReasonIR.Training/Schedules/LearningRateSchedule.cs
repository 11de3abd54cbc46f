namespace ReasonIR.Training.Schedules;

/// <summary>
/// The learning rate of each optimizer step, equal to transformers' schedules (golden). Warm-up starts at 0: the first step moves nothing.
/// Cosines rise again after the last step; linear, polynomial and warmup_stable_decay stay at their floor.
/// </summary>
public sealed class LearningRateSchedule
{
    readonly Func<double, double> factor;

    /// <param name="options">Name and options.</param>
    /// <param name="peak">The learning rate that the factors multiply.</param>
    /// <param name="steps">Optimizer steps of the whole run.</param>
    /// <param name="warmup">Steps of warm-up.</param>
    /// <exception cref="NotSupportedException">There is no schedule of the name.</exception>
    public LearningRateSchedule(ScheduleOptions options, double peak, int steps, int warmup)
    {
        (Peak, Steps, Warmup) = (peak, steps, warmup);
        factor = options.Name switch
        {
            "constant" => _ => 1,
            "constant_with_warmup" => AfterWarmup(_ => 1),
            "linear" => AfterWarmup(step => Math.Max(0, (steps - step) / Math.Max(1, steps - warmup))),
            "cosine" => AfterWarmup(step => Math.Max(0, Wave(Progress(step), options.Cycles ?? 0.5))),
            "cosine_with_restarts" => AfterWarmup(step => Progress(step) >= 1 ? 0 : Math.Max(0, 0.5 * (1 + Math.Cos(Math.PI * ((options.Cycles ?? 1) * Progress(step) % 1))))),
            "cosine_with_min_lr" => AfterWarmup(step => Math.Max(0, Lift(Wave(Progress(step), options.Cycles ?? 0.5), options.MinRate ?? options.Min / peak ?? 0))),
            "cosine_warmup_with_min_lr" => step => step < warmup
                ? options.WarmupRate is { } from ? from + (1 - from) * step / Math.Max(1, warmup - 1) : (step + 1) / Math.Max(1, warmup)
                : Math.Max(0, Lift(Wave((step - warmup + 1) / Math.Max(1.0, steps - warmup), options.Cycles ?? 0.5), options.MinRate ?? options.Min / peak ?? 0)),
            "polynomial" => AfterWarmup(step => Polynomial(step, options)),
            "inverse_sqrt" => AfterWarmup(step => 1 / Math.Sqrt((step + Timescale(options) - warmup) / Timescale(options))),
            "warmup_stable_decay" => step => WarmupStableDecay(step, options),
            _ => throw new NotSupportedException($"There is no schedule '{options.Name}'."),
        };
    }

    public double Peak { get; }

    public int Steps { get; }

    public int Warmup { get; }

    /// <summary>The learning rate of optimizer step <paramref name="step"/>, counted from 0.</summary>
    public double At(int step) => Peak * factor(step);

    /// <summary>Warm-up given as a share of the steps (rounded up in binary floating point, as transformers does) or, from 1 on, as their number.</summary>
    public static int WarmupSteps(double warmup, int steps) => warmup >= 1 ? (int)warmup : (int)Math.Ceiling(steps * warmup);

    Func<double, double> AfterWarmup(Func<double, double> then) => step => step < Warmup ? step / Math.Max(1, Warmup) : then(step);

    double Progress(double step) => (step - Warmup) / Math.Max(1, Steps - Warmup);

    static double Wave(double progress, double cycles) => 0.5 * (1 + Math.Cos(Math.PI * cycles * 2 * progress));

    static double Lift(double factor, double floor) => factor * (1 - floor) + floor;

    double Timescale(ScheduleOptions options) => options.Timescale ?? (Warmup > 0 ? Warmup : 10_000);

    double Polynomial(double step, ScheduleOptions options)
    {
        var end = options.End ?? 1e-7;
        if (step > Steps)
            return end / Peak;
        var left = 1 - (step - Warmup) / (Steps - Warmup);
        return ((Peak - end) * Math.Pow(left, options.Power ?? 1) + end) / Peak;
    }

    double WarmupStableDecay(double step, ScheduleOptions options)
    {
        var decay = options.DecaySteps ?? Math.Max(1, Steps / 10);
        var stable = options.StableSteps ?? Steps - Warmup - decay;
        var floor = options.MinRate ?? 0;
        if (step < Warmup)
            return Math.Max(0, Lift(1 - Fall(1 - step / Math.Max(1, Warmup), options.WarmupType ?? "linear"), floor));
        if (step < Warmup + stable)
            return 1;
        if (step < Warmup + stable + decay)
        {
            var progress = (step - Warmup - stable) / Math.Max(1, decay);
            var down = (options.DecayType ?? "cosine") switch
            {
                "cosine" => Wave(progress, options.Cycles ?? 0.5),
                "linear" => 1 - progress,
                "1-sqrt" => 1 - Math.Sqrt(progress),
                var type => throw new NotSupportedException($"There is no decay type '{type}'."),
            };
            return Math.Max(0, Lift(down, floor));
        }
        return floor;
    }

    /// <summary>1 less the warm-up's rise, by what is left of it.</summary>
    static double Fall(double left, string type) => type switch
    {
        "linear" => left,
        "cosine" => 0.5 * (1 + Math.Cos(Math.PI * (1 - left))),
        "1-sqrt" => Math.Sqrt(left),
        _ => throw new NotSupportedException($"There is no warm-up type '{type}'."),
    };
}
