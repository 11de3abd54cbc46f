using ReasonIR.Retrieval.Statistics;

namespace ReasonIR.Benchmarks.Quality;

/// <summary>Comparisons of systems that were trained with several seeds: of each query's mean over them.</summary>
static class QueryMeans
{
    /// <param name="bySeed">Each seed's figure of every query, in one order.</param>
    public static double[] Of(IReadOnlyList<double[]> bySeed) => [.. Enumerable.Range(0, bySeed[0].Length).Select(query => bySeed.Average(seed => seed[query]))];

    /// <summary>A paired t-test over queries, in words.</summary>
    public static string Test(double[] ours, double[] other)
    {
        var test = PairedTTest.Compare(ours, other);
        return FormattableString.Invariant($"{test.MeanDifference:+0.0000;-0.0000} [{test.Interval?.Low:+0.0000;-0.0000}, {test.Interval?.High:+0.0000;-0.0000}], p {test.P:G2}, {test.Wins} won, {test.Losses} lost");
    }
}
