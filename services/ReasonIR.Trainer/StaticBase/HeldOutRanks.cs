using ReasonIR.Retrieval.Analysis;
using ReasonIR.Retrieval.Bm25;
using ReasonIR.Training.Static;

namespace ReasonIR.Trainer.StaticBase;

/// <summary>BM25's side of the check without labels.</summary>
static class HeldOutRanks
{
    /// <summary>Where a ranking is cut.</summary>
    const int Depth = 100;

    /// <summary>For each query of the probe the rank of its document by Lucene's BM25, from 1; 0 where it is not among the first 100.</summary>
    public static IReadOnlyList<int> Bm25(HeldOutProbe probe, CancellationToken cancellation)
    {
        using var index = Bm25Index.BuildTemporary(probe.Documents, LuceneEnglishAnalyzer.Instance, cancellation);
        var ranks = new int[probe.Queries.Count];
        foreach (var (place, query) in probe.Queries.Index())
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var (rank, found) in index.Search(query.Text, Depth).Index())
                if (found.Id == query.DocumentId)
                    ranks[place] = rank + 1;
        }
        return ranks;
    }
}
