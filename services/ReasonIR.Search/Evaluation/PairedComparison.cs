using ReasonIR.Contracts.Results;
using ReasonIR.Retrieval.Statistics;

namespace ReasonIR.Search.Evaluation;

/// <summary>Tests a system against the baseline on the queries that both answered.</summary>
public static class PairedComparison
{
    const string Measure = "ndcg_cut_10";

    /// <summary>A paired t-test of nDCG@10, two-sided, with the 95 % interval of the mean difference.</summary>
    public static ComparisonInfo Of(Evaluated system, Evaluated baseline)
    {
        var test = PairedTTest.Compare(system.Evaluation.PerQuery(Measure), baseline.Evaluation.PerQuery(Measure));
        return new(baseline.System.Name, Measure, test.MeanDifference, test.Interval?.Low, test.Interval?.High, test.P, test.Wins, test.Losses, test.Count);
    }
}
