namespace ReasonIR.Contracts.Results;

/// <summary>All pairs of the systems of a leaderboard, and groups that do not differ.</summary>
/// <param name="Corpus">The corpus.</param>
/// <param name="QuerySet">The query set.</param>
/// <param name="Measure">What is compared.</param>
/// <param name="Test"><c>t</c>, <c>wilcoxon</c> or <c>randomization</c>.</param>
/// <param name="Correction"><c>holm</c>, <c>bh</c>, <c>bonferroni</c> or <c>none</c>.</param>
/// <param name="Level">Adjusted p-values below it count as a difference.</param>
/// <param name="Queries">Queries compared.</param>
/// <param name="Systems">Best first.</param>
/// <param name="Pairs">Every pair once, the better system first.</param>
/// <param name="LeftOut">Results that cannot be compared with the others, with the reason.</param>
public sealed record SignificanceInfo(
    string Corpus, string QuerySet, string Measure, string Test, string Correction, double Level, int Queries,
    IReadOnlyList<GroupedSystem> Systems, IReadOnlyList<PairInfo> Pairs, IReadOnlyList<LeftOutSystem> LeftOut);

/// <summary>A system with its groups.</summary>
/// <param name="ResultId">Its result.</param>
/// <param name="System">Its name.</param>
/// <param name="Model">Its encoder.</param>
/// <param name="Mean">Its mean.</param>
/// <param name="Letters">Two systems differ exactly where they share no letter.</param>
public sealed record GroupedSystem(long ResultId, string System, string? Model, double Mean, string Letters);

/// <summary>Two systems compared.</summary>
/// <param name="A">Result of the better one.</param>
/// <param name="B">Result of the other.</param>
/// <param name="Difference">Mean of a − b.</param>
/// <param name="P">Two-sided.</param>
/// <param name="Adjusted">Adjusted for all pairs.</param>
/// <param name="EffectSize">Cohen's d_z; null where undefined.</param>
/// <param name="Wins">Queries on which A is better.</param>
/// <param name="Losses">Queries on which B is better.</param>
/// <param name="Differs">Whether the adjusted p is below the level.</param>
public sealed record PairInfo(long A, long B, double Difference, double P, double Adjusted, double? EffectSize, int Wins, int Losses, bool Differs);

/// <summary>A result that could not be compared.</summary>
/// <param name="ResultId">The result.</param>
/// <param name="System">Its system.</param>
/// <param name="Reason">Why.</param>
public sealed record LeftOutSystem(long ResultId, string System, string Reason);
