using System.Runtime.InteropServices;
using ReasonIR.Retrieval.Ranking;
using ReasonIR.Retrieval.Runs;

namespace ReasonIR.Retrieval.Fusion;

/// <summary>
/// Fuses rankings of several systems into one. Ranks follow <see cref="DocumentOrder.Best"/> (score descending, ties by id
/// ascending), and so does the result. One score for all documents normalizes to 0. Thread-safe.
/// </summary>
public static class RankFusion
{
    /// <summary>Keeps a ranking whose scores are all alike from dividing by zero.</summary>
    const double SmallestSpread = 1e-9;

    /// <summary>Fuses the rankings of one query.</summary>
    /// <param name="rankings">A ranking a system, in any order of documents; empty where a system found nothing.</param>
    /// <param name="settings">The method; weights in the order of the rankings.</param>
    /// <param name="top">How many documents of the fusion are kept; null: all.</param>
    /// <exception cref="ArgumentException">A document twice in a ranking, a score that is not finite, wrong weights.</exception>
    public static ScoredDocument[] Fuse(
        IReadOnlyList<IReadOnlyList<ScoredDocument>> rankings, FusionSettings settings, int? top = null)
    {
        var weights = settings.WeightsFor(rankings.Count);
        var fused = new Dictionary<string, double>(StringComparer.Ordinal);
        for (var system = 0; system < rankings.Count; system++)
            Add(fused, Sorted(rankings[system]), weights[system], settings);
        ScoredDocument[] result = [.. fused.Select(pair => new ScoredDocument(pair.Key, pair.Value))];
        Array.Sort(result, DocumentOrder.Best);
        return top < result.Length ? result[..top.Value] : result;
    }

    /// <summary>Fuses whole runs; a query that some lack is fused from the others.</summary>
    /// <param name="name">The fused run's name.</param>
    /// <param name="inputTop">How many documents of each input ranking take part; null: all.</param>
    /// <param name="top">How many documents of each fusion are kept; null: all.</param>
    public static Run Fuse(
        IReadOnlyList<Run> runs, FusionSettings settings, string name, int? inputTop = null, int? top = null)
    {
        var result = new Run(name);
        foreach (var query in runs.SelectMany(run => run.Queries).Distinct(StringComparer.Ordinal))
            result.Add(query, Fuse([.. runs.Select(run => Top(run[query], inputTop))], settings, top));
        return result;
    }

    static IReadOnlyList<ScoredDocument> Top(IReadOnlyList<ScoredDocument> ranking, int? top) =>
        top < ranking.Count ? Sorted(ranking)[..top.Value] : ranking;

    static ScoredDocument[] Sorted(IReadOnlyList<ScoredDocument> ranking)
    {
        ScoredDocument[] sorted = [.. ranking];
        var seen = new HashSet<string>(sorted.Length, StringComparer.Ordinal);
        foreach (var (id, score) in sorted)
            if (!double.IsFinite(score))
                throw new ArgumentException($"document {id}: score {score} is not finite");
            else if (!seen.Add(id))
                throw new ArgumentException($"document {id} stands twice in a ranking");
        Array.Sort(sorted, DocumentOrder.Best);
        return sorted;
    }

    static void Add(Dictionary<string, double> fused, ScoredDocument[] sorted, double weight, FusionSettings settings)
    {
        if (sorted.Length == 0)
            return;
        var (offset, spread) = settings.Method switch
        {
            FusionMethod.MinMaxSum or FusionMethod.MinMaxWeighted => (sorted[^1].Score, sorted[0].Score - sorted[^1].Score),
            FusionMethod.ZScoreSum => MeanAndDeviation(sorted),
            _ => (0, 0),
        };
        spread = Math.Max(spread, SmallestSpread);
        for (var i = 0; i < sorted.Length; i++)
        {
            var term = settings.Method is FusionMethod.ReciprocalRank or FusionMethod.WeightedReciprocalRank
                ? 1 / (settings.K + i + 1)
                : (sorted[i].Score - offset) / spread;
            CollectionsMarshal.GetValueRefOrAddDefault(fused, sorted[i].Id, out _) += weight * term;
        }
    }

    static (double Mean, double Deviation) MeanAndDeviation(ScoredDocument[] ranking)
    {
        var mean = ranking.Average(d => d.Score);
        return (mean, Math.Sqrt(ranking.Average(d => (d.Score - mean) * (d.Score - mean))));
    }
}
