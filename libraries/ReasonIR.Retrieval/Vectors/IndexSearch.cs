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
        BestDocuments Fresh(int query) => new(k, snapshot.CompareIds, excluded[query]);
        var best = new BestDocuments[queries.Count];
        for (var q = 0; q < best.Length; q++)
            best[q] = Fresh(q);
        var floors = new float[queries.Count];
        Array.Fill(floors, float.NegativeInfinity);
        for (var i = 0; i < snapshot.Segments.Count; i++)
            new SegmentScan(snapshot.Segments[i], snapshot.Allowed(i, filter), snapshot.FirstDocument(i), snapshot.Manifest.Settings.Aggregation, options.Exact, floors)
                .Run(queries, best, Fresh, options.ThreadCount, cancellation);
        return Array.ConvertAll(best, heap => Array.ConvertAll(heap.Take(), found => new ScoredDocument(snapshot.Id(found.Document), found.Score)));
    }
}
