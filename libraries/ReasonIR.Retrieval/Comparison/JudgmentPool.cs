using ReasonIR.Retrieval.Measures;
using ReasonIR.Retrieval.Runs;

namespace ReasonIR.Retrieval.Comparison;

/// <summary>A document that some system put near the top and nobody judged.</summary>
/// <param name="Ranks">Its rank, from 1, in each run that has it within the depth; 0 elsewhere. In the order of the runs.</param>
public sealed record PooledDocument(string Query, string Document, IReadOnlyList<int> Ranks)
{
    /// <summary>The best of its ranks.</summary>
    public int Best => Ranks.Where(rank => rank > 0).Min();

    /// <summary>How many runs have it.</summary>
    public int Systems => Ranks.Count(rank => rank > 0);
}

/// <summary>
/// Depth-k pooling (K. Sparck Jones and C. van Rijsbergen 1975, as at TREC): what any of some systems ranks among the first k is
/// judged. A measure treats what nobody judged as not relevant, which is unfair to a system unlike those that made the judgments.
/// </summary>
public static class JudgmentPool
{
    /// <summary>The pool's documents without a judgment, by query in the order of the judgments, best rank first.</summary>
    /// <param name="exclusions">Documents that never count for a query are not worth a judgment.</param>
    public static IReadOnlyList<PooledDocument> Unjudged(IReadOnlyList<Run> runs, Judgments judgments, int depth, Exclusions? exclusions = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(depth, 1);
        var pool = new List<PooledDocument>();
        foreach (var query in judgments.Queries.Concat(runs.SelectMany(run => run.Queries)).Distinct(StringComparer.Ordinal))
        {
            var ranks = new Dictionary<string, int[]>(StringComparer.Ordinal);
            foreach (var (number, run) in runs.Index())
                foreach (var (rank, document) in Evaluator.Rank(run[query], exclusions?[query], depth).Index())
                    if (!judgments[query].ContainsKey(document.Id))
                    {
                        if (!ranks.TryGetValue(document.Id, out var found))
                            ranks.Add(document.Id, found = new int[runs.Count]);
                        found[number] = rank + 1;
                    }
            pool.AddRange(ranks.Select(pair => new PooledDocument(query, pair.Key, pair.Value))
                .OrderBy(document => document.Best).ThenByDescending(document => document.Systems).ThenBy(document => document.Document, StringComparer.Ordinal));
        }
        return pool;
    }
}
