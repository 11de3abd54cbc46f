namespace ReasonIR.Retrieval.Statistics;

/// <summary>
/// Student's paired t-test of two systems over the same queries: two-sided, differences a − b. Where it is undefined (fewer
/// than two queries, differences all alike) the test's values are null and <see cref="Undefined"/> says why.
/// </summary>
/// <param name="Count">Queries.</param>
/// <param name="MeanDifference">Of a − b; positive where a is better.</param>
/// <param name="Wins">Queries where a is above b.</param>
/// <param name="Losses">Queries where a is below b.</param>
/// <param name="Ties">Queries with equal values.</param>
/// <param name="StandardDeviation">Of the differences, divisor n − 1; null below two queries.</param>
/// <param name="T">The statistic.</param>
/// <param name="P">Two-sided.</param>
/// <param name="Interval">Of the mean difference, at the confidence asked for.</param>
/// <param name="EffectSize">Cohen's d_z: mean difference / its standard deviation.</param>
/// <param name="PooledEffectSize">Mean difference / √((var a + var b) / 2).</param>
/// <param name="Undefined">Why there is no test.</param>
public sealed record PairedTTest(
    int Count, double MeanA, double MeanB, double MeanDifference, int Wins, int Losses, int Ties, double? StandardDeviation,
    double? T, double? P, Interval? Interval, double? EffectSize, double? PooledEffectSize, string? Undefined)
{
    public int DegreesOfFreedom => Count - 1;

    /// <summary>Tests two systems.</summary>
    /// <param name="a">A value a query.</param>
    /// <param name="b">In the same order of queries.</param>
    /// <param name="confidence">Of the interval.</param>
    /// <exception cref="ArgumentException">Unequal lengths, a value that is not finite, no query.</exception>
    public static PairedTTest Compare(ReadOnlySpan<double> a, ReadOnlySpan<double> b, double confidence = 0.95)
    {
        if (!(confidence > 0 && confidence < 1))
            throw new ArgumentOutOfRangeException(nameof(confidence), confidence, "expected a number between 0 and 1");
        var values = new PairedValues(a, b);
        if (values.Count == 0)
            throw new ArgumentException("no queries to compare");
        var wins = values.Differences.Count(d => d > 0);
        var losses = values.Differences.Count(d => d < 0);
        var spread = values.Count < 2 ? (double?)null : values.StandardDeviation;
        var pooled = Math.Sqrt((values.VarianceA + values.VarianceB) / 2);
        var result = new PairedTTest(
            values.Count, values.MeanA, values.MeanB, values.Mean, wins, losses, values.Count - wins - losses, spread,
            null, null, null, null, pooled > 0 ? values.Mean / pooled : null, null);
        if (values.Count < 2)
            return result with { Undefined = "one query has no variance" };
        if (wins + losses == 0)
            return result with { Undefined = "both systems have the same value for every query" };
        if (!values.Vary)
            return result with { Undefined = "the difference is the same for every query (up to rounding)" };
        var error = values.StandardDeviation / Math.Sqrt(values.Count);
        var t = values.Mean / error;
        var reach = error * StudentT.Quantile(0.5 + confidence / 2, values.Count - 1);
        return result with
        {
            T = t,
            P = StudentT.TwoSided(t, values.Count - 1),
            Interval = new(values.Mean - reach, values.Mean + reach),
            EffectSize = values.Mean / values.StandardDeviation,
        };
    }

    /// <summary>Tests two systems by query.</summary>
    /// <exception cref="ArgumentException">A query that only one of them has: it would have to be dropped.</exception>
    public static PairedTTest Compare(
        IReadOnlyDictionary<string, double> a, IReadOnlyDictionary<string, double> b, double confidence = 0.95)
    {
        var (first, second) = Paired.Align(a, b);
        return Compare(first, second, confidence);
    }
}
