using ReasonIR.Contracts.Runs;

namespace ReasonIR.Contracts.Results;

/// <summary>Two results and why they differ. Every difference is A minus B.</summary>
/// <param name="A">The first result.</param>
/// <param name="B">The second.</param>
/// <param name="Measure">What is compared.</param>
/// <param name="Difference">Of the two means as they stand on the leaderboard.</param>
/// <param name="Notes">What a reader must know: other queries, outdated judgments, provenance that an old result lacks.</param>
/// <param name="Causes">What was done differently: measured effects and likely ones in one order, the largest first.</param>
/// <param name="Fields">Every field of the provenance that differs.</param>
/// <param name="Tests">All tests over the common queries; null where there is none.</param>
/// <param name="Similarity">How alike the two rank; null where a run file is missing.</param>
/// <param name="Wins">Queries on which A is better, the largest difference first.</param>
/// <param name="Losses">Queries on which B is better.</param>
public sealed record DifferenceInfo(
    ResultInfo A, ResultInfo B, string Measure, double Difference, IReadOnlyList<string> Notes, IReadOnlyList<CauseInfo> Causes, IReadOnlyList<FieldDifference> Fields,
    TestsInfo? Tests, SimilarityInfo? Similarity, IReadOnlyList<QueryDifference> Wins, IReadOnlyList<QueryDifference> Losses);

/// <summary>One thing that was done differently.</summary>
/// <param name="Name">E.g. <c>exclusions</c> or <c>bm25 variant</c>.</param>
/// <param name="Sentence">What A did and what B did.</param>
/// <param name="Effect">Its part of the difference, measured by results that differ in nothing else; null where none is there.</param>
/// <param name="Share">The same as a share of the whole difference.</param>
/// <param name="Basis">How the effect is known, or why it is not.</param>
/// <param name="Results">The results that show the effect.</param>
/// <param name="Missing">Runs that would measure it: one of the two results with only this changed.</param>
public sealed record CauseInfo(string Name, string Sentence, double? Effect, double? Share, string Basis, IReadOnlyList<long> Results, IReadOnlyList<VariantInfo> Missing);

/// <summary>A run that would measure what one cause does.</summary>
/// <param name="Title">In words.</param>
/// <param name="Spec">The run.</param>
public sealed record VariantInfo(string Title, EvaluateSpec Spec);

/// <summary>A field of the provenance that differs.</summary>
/// <param name="Field">Its path.</param>
/// <param name="A">Its value in A; null: none.</param>
/// <param name="B">Its value in B; null: none.</param>
public sealed record FieldDifference(string Field, string? A, string? B);

/// <summary>A query on which two results differ.</summary>
/// <param name="QueryId">Its id.</param>
/// <param name="Text">Its text.</param>
/// <param name="A">A's measure.</param>
/// <param name="B">B's measure.</param>
public sealed record QueryDifference(string QueryId, string Text, double A, double B);

/// <summary>Every test of two systems over the same queries, two-sided.</summary>
/// <param name="Queries">Queries compared.</param>
/// <param name="MeanA">A's mean over them.</param>
/// <param name="MeanB">B's mean over them.</param>
/// <param name="Difference">Mean of a − b.</param>
/// <param name="Wins">Queries on which A is better.</param>
/// <param name="Losses">Queries on which B is better.</param>
/// <param name="TLow">Lower end of the 95 % interval by t; null where undefined.</param>
/// <param name="THigh">Upper end.</param>
/// <param name="TP">p of the paired t-test; null where undefined.</param>
/// <param name="WilcoxonP">p of the signed-rank test.</param>
/// <param name="RandomizationP">p of the randomization test.</param>
/// <param name="BootstrapLow">Lower end of the 95 % percentile interval.</param>
/// <param name="BootstrapHigh">Upper end.</param>
/// <param name="BcaLow">Lower end, bias corrected; null where undefined.</param>
/// <param name="BcaHigh">Upper end.</param>
/// <param name="EffectSize">Cohen's d_z: mean difference over its standard deviation.</param>
/// <param name="PooledEffectSize">Mean difference over the pooled standard deviation of the two.</param>
/// <param name="Undefined">Why there is no t-test.</param>
public sealed record TestsInfo(
    int Queries, double MeanA, double MeanB, double Difference, int Wins, int Losses, double? TLow, double? THigh, double? TP, double WilcoxonP, double RandomizationP,
    double BootstrapLow, double BootstrapHigh, double? BcaLow, double? BcaHigh, double? EffectSize, double? PooledEffectSize, string? Undefined);

/// <summary>How alike two systems rank, over the queries that both answered.</summary>
/// <param name="Queries">Queries.</param>
/// <param name="Overlap">Mean rank-biased overlap, extrapolated.</param>
/// <param name="Tau">Mean Kendall τ-b of the documents that both rank; null where undefined.</param>
/// <param name="Common">Mean share of common documents among the first ten.</param>
/// <param name="Persistence">p of the rank-biased overlap.</param>
/// <param name="Depth">How far rankings were compared.</param>
public sealed record SimilarityInfo(int Queries, double Overlap, double? Tau, double Common, double Persistence, int Depth);
