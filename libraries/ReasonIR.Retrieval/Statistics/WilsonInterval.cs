namespace ReasonIR.Retrieval.Statistics;

/// <summary>The interval of a proportion (Wilson 1927, without continuity correction): sensible near 0 and 1 and for few trials.</summary>
public static class WilsonInterval
{
    /// <summary>The interval of <paramref name="successes"/> of <paramref name="trials"/>; 0 to 1 where there were none.</summary>
    /// <param name="confidence">Between 0 and 1.</param>
    public static Interval Of(long successes, long trials, double confidence = 0.95)
    {
        if (successes < 0 || trials < successes)
            throw new ArgumentException($"expected 0 to {trials} successes, found {successes}");
        if (trials == 0)
            return new(0, 1);
        var z = NormalDistribution.Quantile((1 + confidence) / 2);
        var (p, n) = (successes / (double)trials, (double)trials);
        var center = p + z * z / (2 * n);
        var spread = z * Math.Sqrt(p * (1 - p) / n + z * z / (4 * n * n));
        var scale = 1 + z * z / n;
        return new(Math.Max(0, (center - spread) / scale), Math.Min(1, (center + spread) / scale));
    }
}
