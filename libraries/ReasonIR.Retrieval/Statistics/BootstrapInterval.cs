namespace ReasonIR.Retrieval.Statistics;

/// <summary>Intervals of the mean difference a − b from resampled queries (Efron and Tibshirani 1993, chapters 13 and 14).</summary>
/// <param name="Percentile">Between quantiles of the resampled means.</param>
/// <param name="BiasCorrected">BCa: the same, corrected for bias and skew; null where all differences are alike.</param>
/// <param name="Resamples">How many means there were.</param>
public sealed record BootstrapInterval(Interval Percentile, Interval? BiasCorrected, int Resamples)
{
    /// <summary>Up to this many queries all n^n resamples are taken: fewer than anyone draws, and without chance.</summary>
    const int MostForExact = 6;

    /// <summary>Computes both intervals. For very few queries they are too discrete to mean much.</summary>
    /// <param name="resamples">Random resamples where there are more than six queries.</param>
    /// <param name="seed">The same seed gives the same intervals.</param>
    public static BootstrapInterval Of(
        ReadOnlySpan<double> a, ReadOnlySpan<double> b, int resamples = 10_000, double confidence = 0.95, int seed = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(resamples, 2);
        if (!(confidence > 0 && confidence < 1))
            throw new ArgumentOutOfRangeException(nameof(confidence), confidence, "expected a number between 0 and 1");
        var values = new PairedValues(a, b);
        if (values.Count == 0)
            throw new ArgumentException("no queries to compare");
        var exact = values.Count <= MostForExact;
        var means = exact ? AllResamples(values.Differences) : RandomResamples(values.Differences, resamples, seed);
        var (low, high) = ((1 - confidence) / 2, (1 + confidence) / 2);
        var percentile = new Interval(Quantile(low), Quantile(high));
        if (values.Count < 2 || !values.Vary)
            return new(percentile, null, means.Length);

        // Ties with the observed mean count half, as SciPy counts them: on few queries they are many.
        var slack = 1e-12 * (Math.Abs(values.Mean) + values.StandardDeviation);
        var below = (means.Count(m => m < values.Mean - slack) + means.Count(m => m <= values.Mean + slack)) / (2.0 * means.Length);
        var bias = NormalDistribution.Quantile(Math.Clamp(below, 0.5 / means.Length, 1 - 0.5 / means.Length));
        var (cubes, squares) = (0.0, 0.0);
        foreach (var difference in values.Differences)
        {
            // Leaving one out moves the mean by (mean − difference) / (n − 1); the jackknife's center is the mean.
            var moved = (difference - values.Mean) / (values.Count - 1);
            cubes += moved * moved * moved;
            squares += moved * moved;
        }
        var acceleration = cubes / (6 * Math.Pow(squares, 1.5));
        return new(percentile, new(Quantile(Corrected(low)), Quantile(Corrected(high))), means.Length);

        double Corrected(double share)
        {
            var z = bias + NormalDistribution.Quantile(share);
            return NormalDistribution.Cumulative(bias + z / (1 - acceleration * z));
        }

        double Quantile(double share) => exact ? means[Math.Min((int)(share * means.Length), means.Length - 1)] : Interpolated(means, share);
    }

    /// <summary>The mean of every sample with replacement, ascending.</summary>
    static double[] AllResamples(double[] differences)
    {
        var means = new double[(int)Math.Pow(differences.Length, differences.Length)];
        for (var r = 0; r < means.Length; r++)
        {
            var (sum, pattern) = (0.0, r);
            for (var i = 0; i < differences.Length; i++, pattern /= differences.Length)
                sum += differences[pattern % differences.Length];
            means[r] = sum / differences.Length;
        }
        Array.Sort(means);
        return means;
    }

    /// <summary>Means of random samples with replacement, ascending.</summary>
    static double[] RandomResamples(double[] differences, int resamples, int seed)
    {
        var random = new Random(seed);
        var means = new double[resamples];
        for (var r = 0; r < resamples; r++)
        {
            var sum = 0.0;
            for (var i = 0; i < differences.Length; i++)
                sum += differences[random.Next(differences.Length)];
            means[r] = sum / differences.Length;
        }
        Array.Sort(means);
        return means;
    }

    /// <summary>By linear interpolation between the order statistics.</summary>
    static double Interpolated(double[] sorted, double share)
    {
        var place = share * (sorted.Length - 1);
        var below = (int)Math.Floor(place);
        var above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + (place - below) * (sorted[above] - sorted[below]);
    }
}
