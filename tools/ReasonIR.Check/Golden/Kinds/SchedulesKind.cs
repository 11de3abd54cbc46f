using System.Text.Json;
using ReasonIR.Training.Schedules;

namespace ReasonIR.Check.Golden.Kinds;

/// <summary>Learning rates of every step of every schedule (a case = a schedule), and warm-up given as a share.</summary>
public sealed class SchedulesKind : IGoldenKind
{
    public string Kind => "schedules";

    public IEnumerable<GoldenGroup> Check(GoldenManifest manifest, CancellationToken cancellation)
    {
        var file = manifest.WrittenPath("schedules");
        var root = GoldenManifest.ReadJson(manifest.Require(file));
        var tally = new GoldenTally(manifest, file, manifest.ToleranceElement());
        foreach (var example in root.GetProperty("schedules").EnumerateArray())
            tally.Case(example.GetProperty("label").GetString()!, () =>
            {
                var schedule = Read(example);
                foreach (var (step, expected) in example.GetProperty("lr_of_step").EnumerateArray().Index())
                    tally.Near($"step {step}", expected.GetDouble(), schedule.At(step));
            });
        foreach (var example in root.GetProperty("warmup_rounding").GetProperty("cases").EnumerateArray())
        {
            var (steps, warmup) = (example.GetProperty("training_steps").GetInt32(), example.GetProperty("warmup").GetDouble());
            tally.Case($"warm-up {warmup} of {steps}", () =>
                tally.Equal("steps", example.GetProperty("warmup_steps").GetInt32(), LearningRateSchedule.WarmupSteps(warmup, steps)));
        }
        yield return tally.Group();
    }

    static LearningRateSchedule Read(JsonElement example)
    {
        var options = new ScheduleOptions(example.GetProperty("schedule").GetString()!);
        foreach (var option in example.GetProperty("options").EnumerateObject())
            options = option.Name switch
            {
                "num_cycles" => options with { Cycles = option.Value.GetDouble() },
                "min_lr_rate" or "min_lr_ratio" => options with { MinRate = option.Value.GetDouble() },
                "min_lr" => options with { Min = option.Value.GetDouble() },
                "warmup_lr_rate" => options with { WarmupRate = option.Value.GetDouble() },
                "power" => options with { Power = option.Value.GetDouble() },
                "lr_end" => options with { End = option.Value.GetDouble() },
                "timescale" => options with { Timescale = option.Value.GetInt32() },
                "num_decay_steps" => options with { DecaySteps = option.Value.GetInt32() },
                "num_stable_steps" => options with { StableSteps = option.Value.GetInt32() },
                "warmup_type" => options with { WarmupType = option.Value.GetString() },
                "decay_type" => options with { DecayType = option.Value.GetString() },
                var name => throw new NotSupportedException($"the option \"{name}\" is not known"),
            };
        return new(options, example.GetProperty("lr").GetDouble(), example.GetProperty("training_steps").GetInt32(), example.GetProperty("warmup_steps").GetInt32());
    }
}
