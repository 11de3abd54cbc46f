namespace ReasonIR.Retrieval.Statistics;

/// <summary>Two values a query, checked: what every paired test starts from.</summary>
sealed class PairedValues
{
    /// <summary>A spread of the differences below this share of the values is rounding.</summary>
    const double RoundingShare = 1e-12;

    /// <exception cref="ArgumentException">Unequal lengths or a value that is not finite; nothing is dropped silently.</exception>
    public PairedValues(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        if (a.Length != b.Length)
            throw new ArgumentException($"{a.Length} values against {b.Length}: a paired test needs a value of both systems for each query");
        Differences = new double[a.Length];
        for (var i = 0; i < a.Length; i++)
        {
            if (!double.IsFinite(a[i]) || !double.IsFinite(b[i]))
                throw new ArgumentException($"query {i}: {(double.IsFinite(a[i]) ? b[i] : a[i])} is not a finite value");
            Differences[i] = a[i] - b[i];
            Largest = Math.Max(Largest, Math.Max(Math.Abs(a[i]), Math.Abs(b[i])));
        }
        (MeanA, MeanB, Mean) = (Average(a), Average(b), Average(Differences));
        VarianceA = Variance(a, MeanA);
        VarianceB = Variance(b, MeanB);
        StandardDeviation = Math.Sqrt(Variance(Differences, Mean));
    }

    /// <summary>a − b for each query.</summary>
    public double[] Differences { get; }

    public int Count => Differences.Length;

    public double MeanA { get; }

    public double MeanB { get; }

    public double Mean { get; }

    /// <summary>With divisor n − 1, as all of these; NaN below two values.</summary>
    public double StandardDeviation { get; }

    public double VarianceA { get; }

    public double VarianceB { get; }

    /// <summary>Whether the differences vary by more than rounding.</summary>
    public bool Vary => StandardDeviation > RoundingShare * Largest;

    double Largest { get; }

    static double Average(ReadOnlySpan<double> values)
    {
        if (values.IsEmpty)
            return double.NaN;
        var sum = 0.0;
        foreach (var value in values)
            sum += value;
        return sum / values.Length;
    }

    static double Variance(ReadOnlySpan<double> values, double mean)
    {
        var sum = 0.0;
        foreach (var value in values)
            sum += (value - mean) * (value - mean);
        return values.Length < 2 ? double.NaN : sum / (values.Length - 1);
    }
}
