namespace ReasonIR.Retrieval.Statistics;

/// <summary>Kendall's rank correlation τ-b: agreement of two orders, as used for rankings of systems.</summary>
/// <param name="Coefficient">−1 to 1, corrected for ties; null where a vector is constant or shorter than two.</param>
/// <param name="P">Two-sided by the normal approximation with ties; null where undefined or below three values.</param>
/// <param name="ExactP">Two-sided over all permutations; null with ties or where undefined.</param>
public sealed record KendallTau(double? Coefficient, double? P, double? ExactP)
{
    /// <summary>Beyond this the normal approximation is as good, and the exact count costs n³.</summary>
    const int MostForExact = 170;

    /// <summary>Computes it. O(n²).</summary>
    public static KendallTau Of(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        Correlation.Check(x, y);
        long n = x.Length, concordant = 0, discordant = 0;
        for (var i = 0; i < x.Length; i++)
            for (var j = 0; j < i; j++)
            {
                var sign = x[i].CompareTo(x[j]) * y[i].CompareTo(y[j]);
                concordant += sign > 0 ? 1 : 0;
                discordant += sign < 0 ? 1 : 0;
            }
        var (xGroups, yGroups) = (Ranks.Of(x).Groups, Ranks.Of(y).Groups);
        double pairs = n * (n - 1) / 2, xTied = xGroups.Sum(Pairs), yTied = yGroups.Sum(Pairs);
        if (n < 2 || xTied == pairs || yTied == pairs)
            return new(null, null, null);
        double difference = concordant - discordant;
        var tau = Math.Clamp(difference / Math.Sqrt(pairs - xTied) / Math.Sqrt(pairs - yTied), -1, 1);
        var exact = xTied == 0 && yTied == 0 && n <= MostForExact ? ExactTwoSided((int)n, Math.Min(concordant, discordant)) : (double?)null;
        if (n < 3)
            return new(tau, null, exact);
        var m = 2 * pairs;
        var variance = (m * (2 * n + 5) - xGroups.Sum(Fives) - yGroups.Sum(Fives)) / 18
            + 2 * xTied * yTied / m + xGroups.Sum(Triples) * yGroups.Sum(Triples) / (9 * m * (n - 2));
        return new(tau, NormalDistribution.TwoSided(difference / Math.Sqrt(variance)), exact);
    }

    static double Pairs(int group) => group * (group - 1.0) / 2;

    static double Triples(int group) => group * (group - 1.0) * (group - 2);

    static double Fives(int group) => group * (group - 1.0) * (2 * group + 5);

    /// <summary>Twice the share of permutations with at most that many inversions.</summary>
    static double ExactTwoSided(int n, long inversions)
    {
        var share = new double[inversions + 1];
        share[0] = 1;
        for (var size = 2; size <= n; size++)
        {
            // Putting the largest of a permutation of `size` anywhere adds 0 to size − 1 inversions, each equally likely.
            var next = new double[share.Length];
            for (var i = 0; i < next.Length; i++)
                for (var added = 0; added < Math.Min(size, i + 1); added++)
                    next[i] += share[i - added] / size;
            share = next;
        }
        return Math.Min(1, 2 * share.Sum());
    }
}
