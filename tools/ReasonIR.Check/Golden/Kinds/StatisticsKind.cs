using System.Text.Json;
using ReasonIR.Retrieval.Statistics;

namespace ReasonIR.Check.Golden.Kinds;

/// <summary>Tests, intervals, correlations and special functions; a group a file, told apart by the file's name.</summary>
public sealed class StatisticsKind : IGoldenKind
{
    const int Resamples = 100_000;

    public string Kind => "statistics";

    public IEnumerable<GoldenGroup> Check(GoldenManifest manifest, CancellationToken cancellation)
    {
        foreach (var file in manifest.WrittenPaths("files"))
        {
            cancellation.ThrowIfCancellationRequested();
            var name = Path.GetFileNameWithoutExtension(file);
            Action<GoldenTally, JsonElement>? check = name switch
            {
                "paired" => Paired,
                "degenerate" => Degenerate,
                "multiple" => Multiple,
                "correlations" => Correlations,
                "rbo" => RankBiasedOverlap,
                "special-functions" => SpecialFunctions,
                _ => null,
            };
            if (check is null)
            {
                yield return GoldenGroup.Failed(manifest.Name, Kind, file, $"no comparison for a file called {name}");
                continue;
            }
            // degenerate.json has outcomes instead of a tolerance.
            var tolerance = name == "degenerate" ? JsonElement.Parse("\"equal\"") : manifest.ToleranceElement(name.Replace('-', '_'));
            var tally = new GoldenTally(manifest, file, tolerance);
            check(tally, GoldenManifest.ReadJson(manifest.Require(file)));
            yield return tally.Group();
        }
    }

    static void Paired(GoldenTally tally, JsonElement cases)
    {
        foreach (var example in cases.EnumerateArray())
        {
            var name = example.GetProperty("name").GetString()!;
            var (a, b) = (Numbers(example, "a"), Numbers(example, "b"));
            tally.Case($"{name}, t-test", () =>
            {
                var ours = PairedTTest.Compare(a, b);
                Number(tally, example, "mean_a", ours.MeanA);
                Number(tally, example, "mean_b", ours.MeanB);
                Number(tally, example, "mean_difference", ours.MeanDifference);
                Number(tally, example, "sd_of_differences_ddof1", ours.StandardDeviation);
                Number(tally, example, "cohens_dz", ours.EffectSize);
                Number(tally, example, "cohens_d_pooled", ours.PooledEffectSize);
                tally.Equal("wins, losses, zeros",
                    (Integer(example, "wins"), Integer(example, "losses"), Integer(example, "zeros")), (ours.Wins, ours.Losses, ours.Ties));
                var test = example.GetProperty("t_test");
                Number(tally, test, "t", ours.T);
                Number(tally, test, "p", ours.P);
                Number(tally, test, "df", ours.DegreesOfFreedom);
                tally.Near("low", test.GetProperty("ci95")[0].GetDouble(), ours.Interval!.Value.Low);
                tally.Near("high", test.GetProperty("ci95")[1].GetDouble(), ours.Interval.Value.High);
            });
            tally.Case($"{name}, Wilcoxon", () => Wilcoxon(tally, example.GetProperty("wilcoxon"), a, b));
            tally.Case($"{name}, sign test", () =>
            {
                var (test, ours) = (example.GetProperty("sign_test"), SignTest.Compare(a, b));
                tally.Equal("positive, non-zero", (Integer(test, "positive"), Integer(test, "nonzero")), (ours.Positive, ours.NonZero));
                Number(tally, test, "p", ours.P);
            });
            tally.Case($"{name}, randomization", () =>
            {
                var (test, ours) = (example.GetProperty("randomisation"), RandomizationTest.Compare(a, b, Resamples));
                var error = test.TryGetProperty("standard_error", out var theirs)
                    ? 4 * Math.Sqrt(theirs.GetDouble() * theirs.GetDouble() + ours.StandardError * ours.StandardError)
                    : 1e-12;
                Within(tally, "p", test.GetProperty("p").GetDouble(), ours.P, error);
            });
            tally.Case($"{name}, bootstrap", () =>
            {
                var (test, ours) = (example.GetProperty("bootstrap_mean_difference"), BootstrapInterval.Of(a, b, Resamples));
                var within = test.GetProperty("tolerance").GetDouble();
                foreach (var (kind, interval) in new[] { ("percentile", ours.Percentile), ("BCa", ours.BiasCorrected!.Value) })
                {
                    Within(tally, $"{kind} low", test.GetProperty(kind).GetProperty("low").GetDouble(), interval.Low, within);
                    Within(tally, $"{kind} high", test.GetProperty(kind).GetProperty("high").GetDouble(), interval.High, within);
                }
            });
        }
    }

    static void Wilcoxon(GoldenTally tally, JsonElement expected, double[] a, double[] b)
    {
        var ours = WilcoxonTest.Compare(a, b);
        Number(tally, expected, "W_plus", ours.Plus);
        Number(tally, expected, "W_minus", ours.Minus);
        tally.Equal("non-zero", Integer(expected, "nonzero"), ours.NonZero);
        tally.Equal("tied magnitudes", expected.GetProperty("tied_magnitudes").GetBoolean(), ours.TiedMagnitudes);
        foreach (var (name, method) in new[]
        {
            ("auto", WilcoxonMethod.Auto), ("asymptotic", WilcoxonMethod.Asymptotic), ("exact", WilcoxonMethod.Exact),
        })
            if (expected.TryGetProperty(name, out var test))
            {
                ours = WilcoxonTest.Compare(a, b, method);
                tally.Near($"{name} statistic", test.GetProperty("statistic").GetDouble(), ours.Statistic);
                tally.Near($"{name} p", test.GetProperty("p").GetDouble(), ours.P);
                if (test.TryGetProperty("z", out var z))
                    tally.Near($"{name} z", z.GetDouble(), ours.Z!.Value);
            }
    }

    static void Degenerate(GoldenTally tally, JsonElement cases)
    {
        foreach (var example in cases.EnumerateArray())
            tally.Case(example.GetProperty("name").GetString()!, () =>
            {
                string[] accept = [.. example.GetProperty("accept").EnumerateArray().Select(a => a.GetString()!)];
                string outcome;
                try
                {
                    var ours = PairedTTest.Compare(Numbers(example, "a"), Numbers(example, "b"));
                    outcome = ours is { T: null, P: null, Interval: null, Undefined: not null } ? "undefined" : $"p={ours.P}";
                }
                catch (ArgumentException)
                {
                    outcome = "error";
                }
                if (!accept.Contains(outcome))
                    tally.Fail($"expected one of {string.Join(", ", accept)}, found {outcome}");
            });
    }

    static void Multiple(GoldenTally tally, JsonElement cases)
    {
        var place = 0;
        foreach (var example in cases.EnumerateArray())
        {
            var p = Numbers(example, "p");
            foreach (var (name, adjusted) in new[]
            {
                ("holm", MultipleTesting.Holm(p)), ("bonferroni", MultipleTesting.Bonferroni(p)),
                ("benjamini_hochberg", MultipleTesting.BenjaminiHochberg(p)),
                ("benjamini_yekutieli", MultipleTesting.BenjaminiYekutieli(p)),
            })
                tally.Case($"case {place}, {name}", () =>
                {
                    var expected = Numbers(example.GetProperty(name), "adjusted");
                    tally.Equal("count", expected.Length, adjusted.Length);
                    for (var i = 0; i < expected.Length; i++)
                        tally.Near($"p[{i}]", expected[i], adjusted[i]);
                });
            place++;
        }
    }

    static void Correlations(GoldenTally tally, JsonElement cases)
    {
        foreach (var example in cases.EnumerateArray())
            tally.Case(example.GetProperty("name").GetString()!, () =>
            {
                var (x, y) = (Numbers(example, "x"), Numbers(example, "y"));
                var (kendall, spearman, pearson) = (KendallTau.Of(x, y), Correlation.Spearman(x, y), Correlation.Pearson(x, y));
                Number(tally, example, "kendall_tau_b", kendall.Coefficient);
                Number(tally, example, "kendall_p_asymptotic", kendall.P);
                if (example.TryGetProperty("kendall_p_exact", out _))
                    Number(tally, example, "kendall_p_exact", kendall.ExactP);
                Number(tally, example, "spearman", spearman.Coefficient);
                Number(tally, example, "spearman_p", spearman.P);
                Number(tally, example, "pearson", pearson.Coefficient);
                Number(tally, example, "pearson_p", pearson.P);
            });
    }

    static void RankBiasedOverlap(GoldenTally tally, JsonElement cases)
    {
        foreach (var example in cases.EnumerateArray())
            tally.Case(example.GetProperty("name").GetString()!, () =>
            {
                var (a, b) = (Strings(example, "a"), Strings(example, "b"));
                foreach (var property in example.EnumerateObject().Where(p => p.Value.ValueKind == JsonValueKind.Number))
                    tally.Near(property.Name, property.Value.GetDouble(), property.Name switch
                    {
                        "overlap_at_10" => RankOverlap.AtK(a, b, 10),
                        "jaccard" => RankOverlap.Jaccard(a, b),
                        _ when property.Name.StartsWith("rbo_ext_p") => RankOverlap.Extrapolated(a, b, Parameter(property.Name)),
                        _ when property.Name.StartsWith("rbo_min_p") => RankOverlap.Minimum(a, b, Parameter(property.Name)),
                        _ => throw new FormatException($"no comparison for {property.Name}"),
                    });
            });

        static double Parameter(string name) =>
            double.Parse(name.AsSpan(name.LastIndexOf('p') + 1), System.Globalization.CultureInfo.InvariantCulture);
    }

    static void SpecialFunctions(GoldenTally tally, JsonElement functions)
    {
        foreach (var function in functions.EnumerateObject())
        {
            var place = 0;
            foreach (var example in function.Value.EnumerateArray())
                tally.Case($"{function.Name} {place++}", () =>
                {
                    double Of(string name) => example.GetProperty(name).GetDouble();
                    switch (function.Name)
                    {
                        case "student_t_cdf":
                            tally.Near("cdf", Of("cdf"), StudentT.Cumulative(Of("t"), Of("df")));
                            tally.Near("two-sided", Of("two_sided_p"), StudentT.TwoSided(Of("t"), Of("df")));
                            break;
                        case "student_t_quantile":
                            tally.Near($"p {Of("p")} df {Of("df")}", Of("t"), StudentT.Quantile(Of("p"), Of("df")));
                            break;
                        case "normal_cdf":
                            tally.Near("cdf", Of("cdf"), NormalDistribution.Cumulative(Of("z")));
                            tally.Near("upper", Of("upper"), NormalDistribution.Upper(Of("z")));
                            break;
                        case "normal_quantile":
                            tally.Near("z", Of("z"), NormalDistribution.Quantile(Of("p")));
                            break;
                        case "regularised_incomplete_beta":
                            tally.Near("I", Of("I"), Beta.Regularized(Of("a"), Of("b"), Of("x")));
                            break;
                        case "log_gamma":
                            tally.Near($"ln Γ({Of("x")})", Of("lnGamma"), Gamma.Log(Of("x")));
                            break;
                        default:
                            tally.Fail("no comparison for this function");
                            break;
                    }
                });
        }
    }

    static void Within(GoldenTally tally, string what, double expected, double actual, double absolute)
    {
        // Judged without noting: a sampling error is no numeric error, and would hide the largest of those.
        if (!(Math.Abs(expected - actual) <= absolute))
            tally.Fail($"{what}: expected {expected} ± {absolute}, found {actual}");
    }

    static void Number(GoldenTally tally, JsonElement example, string property, double? actual)
    {
        var expected = example.GetProperty(property);
        if (expected.ValueKind == JsonValueKind.Null || actual is null)
            tally.Equal($"{property} is undefined", expected.ValueKind == JsonValueKind.Null, actual is null);
        else
            tally.Near(property, expected.GetDouble(), actual.Value);
    }

    static int Integer(JsonElement example, string property) => example.GetProperty(property).GetInt32();

    static double[] Numbers(JsonElement example, string property) =>
    [
        .. example.GetProperty(property).EnumerateArray().Select(value => value.ValueKind == JsonValueKind.Number
            ? value.GetDouble()
            : double.Parse(value.GetString()!, System.Globalization.CultureInfo.InvariantCulture)),
    ];

    static string[] Strings(JsonElement example, string property) =>
        [.. example.GetProperty(property).EnumerateArray().Select(value => value.GetString()!)];
}
