namespace ReasonIR.Retrieval.Statistics;

/// <summary>
/// The paired randomization test: how often a random sign for each difference gives a mean at least as far from 0 as the
/// observed one (Fisher; Smucker, Allan, Carterette 2007 for retrieval). Two-sided.
/// </summary>
/// <param name="P">The share of patterns.</param>
/// <param name="Exact">Whether all 2^n patterns were tried.</param>
/// <param name="Patterns">How many patterns.</param>
/// <param name="StandardError">Of P; 0 where exact.</param>
public sealed record RandomizationTest(double P, bool Exact, int Patterns, double StandardError)
{
    const int MostForExact = 16;

    /// <summary>Equal sums in another order differ in the last bits.</summary>
    const double Slack = 1e-12;

    /// <summary>Tests the differences a − b.</summary>
    /// <param name="draws">Random patterns where there are more than 16 queries.</param>
    /// <param name="seed">The same seed gives the same p.</param>
    public static RandomizationTest Compare(ReadOnlySpan<double> a, ReadOnlySpan<double> b, int draws = 100_000, int seed = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(draws, 1);
        var differences = new PairedValues(a, b).Differences;
        if (differences.Length == 0)
            throw new ArgumentException("no queries to compare");
        var least = Math.Abs(differences.Sum()) - Slack * differences.Length;
        var exact = differences.Length <= MostForExact;
        var patterns = exact ? 1 << differences.Length : draws;
        var random = new Random(seed);
        var count = 0;
        for (var pattern = 0; pattern < patterns; pattern++)
        {
            var sum = 0.0;
            var bits = exact ? pattern : 0L;
            for (var i = 0; i < differences.Length; i++)
            {
                if (!exact && i % 63 == 0)
                    bits = random.NextInt64();
                sum += (bits & 1) == 0 ? differences[i] : -differences[i];
                bits >>= 1;
            }
            if (Math.Abs(sum) >= least)
                count++;
        }
        var p = (double)count / patterns;
        // None or all in B says no more than 1 in B.
        var error = exact ? 0 : Math.Max(Math.Sqrt(p * (1 - p) / patterns), 1.0 / patterns);
        return new(p, exact, patterns, error);
    }
}
