namespace ReasonIR.Retrieval.Statistics;

/// <summary>The exact sign test, two-sided; zero differences are dropped.</summary>
/// <param name="Positive">Queries where a is above b.</param>
/// <param name="NonZero">Queries where they differ.</param>
/// <param name="P">1 where none differs.</param>
public sealed record SignTest(int Positive, int NonZero, double P)
{
    /// <summary>Tests the differences a − b.</summary>
    public static SignTest Compare(ReadOnlySpan<double> a, ReadOnlySpan<double> b)
    {
        var differences = new PairedValues(a, b).Differences;
        var positive = differences.Count(d => d > 0);
        var nonZero = differences.Count(d => d != 0);
        var fewer = Math.Min(positive, nonZero - positive);
        // P(X ≤ k) of a fair coin is I_½(n − k, k + 1); where both sides are alike it exceeds one half.
        return new(positive, nonZero, nonZero == 0 ? 1 : Math.Min(1, 2 * Beta.Regularized(nonZero - fewer, fewer + 1, 0.5)));
    }
}
