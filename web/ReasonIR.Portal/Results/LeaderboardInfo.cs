using ReasonIR.Contracts.Results;

namespace ReasonIR.Portal.Results;

/// <summary>Systems that were measured on the same queries, best first.</summary>
/// <param name="Corpus">The corpus.</param>
/// <param name="QuerySet">The query set.</param>
/// <param name="Measure">What they are ordered by.</param>
/// <param name="Measures">The measures worth showing, that one first.</param>
/// <param name="Rows">The systems.</param>
public sealed record LeaderboardInfo(string Corpus, string QuerySet, string Measure, IReadOnlyList<string> Measures, IReadOnlyList<LeaderboardRow> Rows);

/// <summary>A system on a leaderboard.</summary>
/// <param name="Rank">From 1; equal scores share one.</param>
/// <param name="Result">The newest result of this system with these weights.</param>
/// <param name="Repeats">Older results that measured the same thing again and are not listed.</param>
/// <param name="Model">The encoder, where there is one.</param>
/// <param name="Best">The measures in which no other system is better.</param>
/// <param name="Verdict">The comparison with the baseline in words; null for the baseline.</param>
public sealed record LeaderboardRow(int Rank, ResultInfo Result, int Repeats, string? Model, IReadOnlyList<string> Best, string? Verdict);
