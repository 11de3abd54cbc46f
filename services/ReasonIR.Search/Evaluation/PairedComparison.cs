using ReasonIR.Contracts.Results;
using ReasonIR.Retrieval.Statistics;

namespace ReasonIR.Search.Evaluation;

/// <summary>Tests a system against the baseline on the queries that both answered.</summary>
public static class PairedComparison
{
    /// <summary>What is compared.</summary>
    public const string Measure = "ndcg_cut_10";

    /// <summary>A paired t-test of nDCG@10, two-sided, with the 95 % interval of the mean difference.</summary>
    /// <param name="baseline">Its name.</param>
    /// <param name="perQuery">The baseline's values.</param>
    public static ComparisonInfo Of(Evaluated system, string baseline, IReadOnlyDictionary<string, double> perQuery)
    {
        var test = PairedTTest.Compare(system.Evaluation.PerQuery(Measure), perQuery);
        return new(baseline, Measure, test.MeanDifference, test.Interval?.Low, test.Interval?.High, test.P, test.Wins, test.Losses, test.Count);
    }
}
