using ReasonIR.Contracts.Pipelines;
using ReasonIR.Retrieval.Fusion;
using ReasonIR.Retrieval.Ranking;

namespace ReasonIR.Search.Pipelines;

/// <summary>Joins rankings as a pipeline says.</summary>
public static class PipelineFusion
{
    /// <summary>The fusion of several retrievers' rankings, one a query.</summary>
    /// <param name="parts">[retriever][query].</param>
    public static IReadOnlyList<ScoredDocument>[] Fuse(PipelineSpec spec, IReadOnlyList<IReadOnlyList<ScoredDocument>[]> parts)
    {
        var settings = Settings(spec);
        return [.. Enumerable.Range(0, parts[0].Length).Select(query => RankFusion.Fuse([.. parts.Select(part => part[query])], settings))];
    }

    /// <summary>The rankings of one retriever for several rewrites of a query, by reciprocal ranks with k 60.</summary>
    public static IReadOnlyList<ScoredDocument> Fuse(IReadOnlyList<IReadOnlyList<ScoredDocument>> rankings, int depth) =>
        RankFusion.Fuse(rankings, new(FusionMethod.ReciprocalRank), depth);

    /// <summary>Rankings taken in turn, rank by rank, each document once; scored by 1 / rank, so that ranks are all that later stages see of it.</summary>
    public static IReadOnlyList<ScoredDocument> Interleave(IReadOnlyList<IReadOnlyList<ScoredDocument>> rankings, int depth)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var taken = new List<ScoredDocument>();
        for (var rank = 0; taken.Count < depth && rankings.Any(ranking => rank < ranking.Count); rank++)
            foreach (var ranking in rankings)
                if (rank < ranking.Count && taken.Count < depth && seen.Add(ranking[rank].Id))
                    taken.Add(new(ranking[rank].Id, 1.0 / (taken.Count + 1)));
        return taken;
    }

    static FusionSettings Settings(PipelineSpec spec)
    {
        var fusion = spec.Fusion ?? new();
        var given = spec.Retrievers.Any(retriever => retriever.Weight is not null);
        // Where one has a weight, those without weigh 1.
        double[]? weights = given ? [.. spec.Retrievers.Select(retriever => retriever.Weight ?? 1)] : null;
        return fusion.Method switch
        {
            "minmax" => new(FusionMethod.MinMaxWeighted, Weights: weights),
            "rrf" => new(given ? FusionMethod.WeightedReciprocalRank : FusionMethod.ReciprocalRank, fusion.K, weights),
            "zscore" => new(FusionMethod.ZScoreSum),
            _ => throw new ArgumentException($"fusion.method: expected rrf, minmax or zscore, found '{fusion.Method}'."),
        };
    }
}
