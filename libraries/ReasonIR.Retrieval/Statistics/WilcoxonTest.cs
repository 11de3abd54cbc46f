namespace ReasonIR.Retrieval.Statistics;

/// <summary>How the p-value of the signed-rank test is found.</summary>
public enum WilcoxonMethod
{
    /// <summary>
    /// SciPy's choice: exact up to 50 differences without zeros and ties; with them all sign patterns up to 13 differences;
    /// else the normal approximation.
    /// </summary>
    Auto,

    /// <summary>All sign patterns of the ranks of the non-zero differences.</summary>
    Exact,

    /// <summary>The normal approximation, variance corrected for ties, without continuity correction.</summary>
    Asymptotic,
}

/// <summary>
/// Wilcoxon's signed-rank test, two-sided. Zero differences are dropped; tied magnitudes get mean ranks.
/// </summary>
/// <param name="Plus">The sum of the ranks of positive differences.</param>
/// <param name="Minus">The sum of the ranks of negative differences.</param>
/// <param name="NonZero">Differences that are not zero.</param>
/// <param name="TiedMagnitudes">Whether some differences have the same magnitude.</param>
/// <param name="Z">Of the normal approximation, never positive; null where no difference is left or p is exact.</param>
/// <param name="P">1 where no difference is left.</param>
public sealed record WilcoxonTest(double Plus, double Minus, int NonZero, bool TiedMagnitudes, double? Z, double P)
{
    const int MostForExact = 50, MostForPatterns = 13;

    public double Statistic => Math.Min(Plus, Minus);

    /// <summary>Tests the differences a − b.</summary>
    public static WilcoxonTest Compare(
        ReadOnlySpan<double> a, ReadOnlySpan<double> b, WilcoxonMethod method = WilcoxonMethod.Auto)
    {
        double[] all = new PairedValues(a, b).Differences;
        double[] differences = [.. all.Where(d => d != 0)];
        var (ranks, groups) = Ranks.Of(Array.ConvertAll(differences, Math.Abs));
        var plus = differences.Zip(ranks).Sum(pair => pair.First > 0 ? pair.Second : 0);
        var minus = ranks.Sum() - plus;
        var tied = groups.Any(size => size > 1);
        if (method == WilcoxonMethod.Auto)
        {
            var simple = !tied && differences.Length == all.Length;
            method = all.Length <= (simple ? MostForExact : MostForPatterns) ? WilcoxonMethod.Exact : WilcoxonMethod.Asymptotic;
        }
        var result = new WilcoxonTest(plus, minus, differences.Length, tied, null, 1);
        if (differences.Length == 0)
            return result;
        if (method == WilcoxonMethod.Exact)
            return result with { P = ExactP(ranks, result.Statistic) };
        double n = differences.Length;
        var variance = (n * (n + 1) * (2 * n + 1) - groups.Sum(size => (double)size * size * size - size) / 2) / 24;
        var z = (result.Statistic - n * (n + 1) / 4) / Math.Sqrt(variance);
        return result with { Z = z, P = NormalDistribution.TwoSided(z) };
    }

    /// <summary>Twice the probability, over all signs, of a rank sum up to the statistic. O(n³).</summary>
    static double ExactP(double[] ranks, double statistic)
    {
        // Mean ranks are halves: doubled, all sums are whole.
        var sums = new double[(int)Math.Round(2 * ranks.Sum()) + 1];
        sums[0] = 1;
        foreach (var rank in ranks)
        {
            var step = (int)Math.Round(2 * rank);
            for (var sum = sums.Length - 1; sum >= 0; sum--)
                sums[sum] = (sums[sum] + (sum >= step ? sums[sum - step] : 0)) / 2;
        }
        return Math.Min(1, 2 * sums.AsSpan(0, (int)Math.Round(2 * statistic) + 1).ToArray().Sum());
    }
}
