namespace ReasonIR.Portal.Results;

/// <summary>A result beside its baseline, query by query.</summary>
/// <param name="ResultId">The result.</param>
/// <param name="BaselineId">The result of the baseline in the same run; null where there is none.</param>
/// <param name="Measure">What is compared.</param>
/// <param name="Queries">By difference, wins first; without a baseline by value.</param>
/// <param name="Total">How many queries there are.</param>
public sealed record ResultComparison(long ResultId, long? BaselineId, string Measure, IReadOnlyList<QueryComparison> Queries, long Total);

/// <summary>One query of a comparison.</summary>
/// <param name="QueryId">Its id.</param>
/// <param name="Text">Its text.</param>
/// <param name="Value">The system's measure.</param>
/// <param name="Baseline">The baseline's measure.</param>
/// <param name="Difference">System minus baseline.</param>
public sealed record QueryComparison(string QueryId, string Text, double Value, double? Baseline, double? Difference);
