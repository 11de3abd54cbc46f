using ReasonIR.Retrieval.Measures;
using ReasonIR.Retrieval.Runs;
using ReasonIR.Retrieval.Statistics;

namespace ReasonIR.Retrieval.Comparison;

/// <summary>How alike two systems rank one query's documents.</summary>
/// <param name="Overlap">Rank-biased overlap, extrapolated: 0 to 1.</param>
/// <param name="Tau">Kendall's τ-b of the documents that both rank; null where they are fewer than two.</param>
/// <param name="Common">Share of common documents among the first ten.</param>
public sealed record QuerySimilarity(string Query, double Overlap, double? Tau, double Common);

/// <summary>How alike two systems rank: means over the queries that both answered.</summary>
/// <param name="Queries">Queries in both runs.</param>
/// <param name="Overlap">Mean rank-biased overlap.</param>
/// <param name="Tau">Mean of Kendall's τ-b over the queries where it is defined; null where it never is.</param>
/// <param name="Common">Mean share of common documents among the first ten.</param>
/// <param name="Persistence">p of the rank-biased overlap: the chance that a reader goes on to the next rank.</param>
/// <param name="Depth">How far rankings were compared.</param>
/// <param name="PerQuery">Least alike first.</param>
public sealed record RankSimilarity(int Queries, double Overlap, double? Tau, double Common, double Persistence, int Depth, IReadOnlyList<QuerySimilarity> PerQuery)
{
    const int CommonDepth = 10;

    /// <summary>Compares two runs, each ranked as it is measured.</summary>
    /// <param name="depth">Kendall's τ costs its square.</param>
    /// <exception cref="ArgumentException">They have no query in common.</exception>
    public static RankSimilarity Of(Run a, Run b, int depth = 100, double persistence = 0.9)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(depth, 1);
        var queries = a.Queries.Where(b.Contains).ToArray();
        if (queries.Length == 0)
            throw new ArgumentException("the two runs have no query in common");
        var found = new QuerySimilarity[queries.Length];
        Parallel.For(0, queries.Length, i => found[i] = Compare(queries[i], Top(a, queries[i], depth), Top(b, queries[i], depth), persistence));
        var taus = found.Where(query => query.Tau is not null).Select(query => query.Tau!.Value).ToList();
        return new(
            queries.Length, found.Average(query => query.Overlap), taus.Count == 0 ? null : taus.Average(), found.Average(query => query.Common), persistence, depth,
            [.. found.OrderBy(query => query.Overlap).ThenBy(query => query.Query, StringComparer.Ordinal)]);
    }

    static QuerySimilarity Compare(string query, string[] a, string[] b, double persistence)
    {
        var places = b.Select((id, rank) => (id, rank)).ToDictionary(pair => pair.id, pair => (double)pair.rank, StringComparer.Ordinal);
        var common = a.Select((id, rank) => (id, rank)).Where(pair => places.ContainsKey(pair.id)).ToList();
        var tau = KendallTau.Of([.. common.Select(pair => (double)pair.rank)], [.. common.Select(pair => places[pair.id])]).Coefficient;
        // Two systems that both find nothing agree.
        var overlap = a.Length + b.Length == 0 ? 1 : RankOverlap.Extrapolated(a, b, persistence);
        return new(query, overlap, tau, a.Length + b.Length == 0 ? 1 : RankOverlap.AtK(a, b, Math.Clamp(Math.Max(a.Length, b.Length), 1, CommonDepth)));
    }

    static string[] Top(Run run, string query, int depth) => Array.ConvertAll(Evaluator.Rank(run[query], cut: depth), document => document.Id);
}
