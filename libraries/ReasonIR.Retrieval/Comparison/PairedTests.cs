using ReasonIR.Retrieval.Statistics;

namespace ReasonIR.Retrieval.Comparison;

/// <summary>Every test of two systems over the same queries; differences are a − b.</summary>
/// <param name="TTest">Student's paired t-test, with means, wins and losses and effect sizes.</param>
/// <param name="Wilcoxon">Wilcoxon's signed-rank test.</param>
/// <param name="Randomization">Fisher's randomization test.</param>
/// <param name="Bootstrap">Intervals of the mean difference from resampled queries.</param>
public sealed record PairedTests(PairedTTest TTest, WilcoxonTest Wilcoxon, RandomizationTest Randomization, BootstrapInterval Bootstrap)
{
    /// <summary>Tests two systems by query; queries that only one of them has must be left out by the caller, who knows why they lack.</summary>
    /// <exception cref="ArgumentException">The queries differ, there is none, or a value is not finite.</exception>
    public static PairedTests Of(IReadOnlyDictionary<string, double> a, IReadOnlyDictionary<string, double> b, int seed = 1)
    {
        var (first, second) = Paired.Align(a, b);
        return new(PairedTTest.Compare(first, second), WilcoxonTest.Compare(first, second), RandomizationTest.Compare(first, second, seed: seed), BootstrapInterval.Of(first, second, seed: seed));
    }
}
