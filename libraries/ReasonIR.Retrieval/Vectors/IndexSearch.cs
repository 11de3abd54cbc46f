using System.Text;
using ReasonIR.Retrieval.Ranking;

namespace ReasonIR.Retrieval.Vectors;

/// <summary>One search over a state of an index.</summary>
sealed class IndexSearch(IndexSnapshot snapshot, VectorSearchOptions options, CancellationToken cancellation)
{
    /// <summary>The best k of each query, best first.</summary>
    public ScoredDocument[][] Run(PreparedQueries queries, int k, IReadOnlyList<IReadOnlySet<string>?>? exclude, VectorFilter? filter)
    {
        k = Math.Min(k, Math.Max(1, snapshot.Count));
        var excluded = new HashSet<int>?[queries.Count];
        for (var q = 0; q < queries.Count; q++)
            excluded[q] = exclude?[q] is { Count: > 0 } ids ? [.. ids.Select(id => snapshot.Find(Encoding.UTF8.GetBytes(id))).Where(document => document >= 0)] : null;
        var best = Array.ConvertAll(excluded, documents => new BestDocuments(k, snapshot.CompareIds, documents));
        for (var i = 0; i < snapshot.Segments.Count; i++)
        {
            var rows = new SegmentRows(snapshot.Segments[i], snapshot.Allowed(i, filter), snapshot.FirstDocument(i), snapshot.Manifest.Settings.Aggregation);
            new SegmentScan(rows, queries, best, options.Exact).Run(options.ThreadCount, cancellation);
        }
        return Array.ConvertAll(best, heap => Array.ConvertAll(heap.Take(), found => new ScoredDocument(snapshot.Id(found.Document), found.Score)));
    }
}
