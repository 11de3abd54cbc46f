namespace ReasonIR.Retrieval.Statistics;

/// <summary>A correlation of two vectors; null where it is undefined.</summary>
/// <param name="Coefficient">−1 to 1; null where a vector is constant or shorter than two.</param>
/// <param name="P">Two-sided, against no correlation; null where undefined or below three values.</param>
public sealed record Correlation(double? Coefficient, double? P)
{
    static readonly Correlation Undefined = new(null, null);

    /// <summary>Pearson's r, p by Student's t.</summary>
    public static Correlation Pearson(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        Check(x, y);
        if (x.Length < 2 || IsConstant(x) || IsConstant(y))
            return Undefined;
        var (mx, my) = (Mean(x), Mean(y));
        var (xx, yy, xy) = (0.0, 0.0, 0.0);
        for (var i = 0; i < x.Length; i++)
        {
            xx += (x[i] - mx) * (x[i] - mx);
            yy += (y[i] - my) * (y[i] - my);
            xy += (x[i] - mx) * (y[i] - my);
        }
        var r = Math.Clamp(xy / Math.Sqrt(xx) / Math.Sqrt(yy), -1, 1);
        if (x.Length < 3)
            return new(r, null);
        return new(r, StudentT.TwoSided(r * Math.Sqrt((x.Length - 2) / ((1 - r) * (1 + r))), x.Length - 2));
    }

    /// <summary>Spearman's ρ: Pearson's of the ranks, ties sharing mean ranks.</summary>
    public static Correlation Spearman(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        Check(x, y);
        return Pearson(Ranks.Of(x).Ranks, Ranks.Of(y).Ranks);
    }

    static bool IsConstant(ReadOnlySpan<double> values) => values.IndexOfAnyExcept(values[0]) < 0;

    static double Mean(ReadOnlySpan<double> values)
    {
        var sum = 0.0;
        foreach (var value in values)
            sum += value;
        return sum / values.Length;
    }

    internal static void Check(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        if (x.Length != y.Length)
            throw new ArgumentException($"{x.Length} values against {y.Length}");
        for (var i = 0; i < x.Length; i++)
            if (!double.IsFinite(x[i]) || !double.IsFinite(y[i]))
                throw new ArgumentException($"value {i} is not finite");
    }
}
