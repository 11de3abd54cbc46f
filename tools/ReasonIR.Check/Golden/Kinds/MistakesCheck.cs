using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using ReasonIR.Training.Contrastive;

namespace ReasonIR.Check.Golden.Kinds;

/// <summary>
/// The runs that stored mistakes give, made by setting ours wrong in the same way: shows that each setting does what its name says, and
/// nothing more (a case = a mistake). Coupled decay cannot be set here: ours must merely not be it.
/// </summary>
sealed partial class MistakesCheck(StoredRun run)
{
    public GoldenGroup Group()
    {
        var tally = new GoldenTally(run.Manifest, $"{run.Manifest.WrittenPath("trace")} mistakes", run.Manifest.ToleranceElement("losses"));
        var within = run.Manifest.Tolerance("losses");
        foreach (var mistake in run.Trace.GetProperty("fingerprints_of_mistakes").EnumerateObject())
            tally.Case(mistake.Name, () =>
            {
                var expected = mistake.Value.GetProperty("loss").EnumerateArray().Select(l => l.GetDouble()).ToList();
                if (mistake.Name.Contains("coupled_l2", StringComparison.Ordinal))
                {
                    if (expected.Index().All(l => within.Allows(l.Item, run.Expected("loss", l.Index + 1))))
                        tally.Fail("the mistake cannot be told apart from the right run");
                    return;
                }
                var found = Losses(mistake.Name);
                tally.Equal("steps", expected.Count, found.Count);
                foreach (var (index, (theirs, ours)) in expected.Zip(found).Index())
                    tally.Near($"loss {index + 1}", theirs, ours, within);
            });
        return tally.Group();
    }

    List<double> Losses(string mistake)
    {
        var spec = run.Spec;
        if (Resumed().Match(mistake) is { Success: true } match)
        {
            using var resumed = run.Start(spec);
            resumed.Restore(int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture), moments: match.Groups[2].Value == "step_count_0", count: 0);
            return resumed.ToEnd();
        }
        using var started = run.Start(mistake switch
        {
            "causal_attention" => spec with { Bidirectional = false },
            "pooling_over_all_tokens_incl_prefix" => spec with { IncludePrompt = true },
            "naive_accumulation_of_two_micro_batches" => spec with { Scale = new(AccumulationSteps: 2) },
            "no_clipping" => spec with { MaxGradientNorm = 0 },
            "no_warmup" => spec with { Warmup = 0 },
            "no_decay_on_bias_and_norm" => spec with { Optimizer = spec.Optimizer with { NoDecayOnBiasAndNorm = true } },
            "temperature_forgotten" => spec with { Temperature = 1 },
            _ => throw new NotSupportedException($"the mistake \"{mistake}\" is not known"),
        });
        return started.ToEnd();
    }

    [GeneratedRegex(@"^resume_from_(\d+)_with_(empty_optimizer_state|step_count_0)$")]
    private static partial Regex Resumed();
}
