using System.Text;
using ReasonIR.Retrieval.Ranking;

namespace ReasonIR.Retrieval.Vectors;

/// <summary>One search over a state of an index: candidates by their codes, then their scores from the stored vectors.</summary>
unsafe sealed class IndexSearch(IndexSnapshot snapshot, VectorSearchOptions options, CancellationToken cancellation)
{
    /// <summary>Below this many candidates a thread is not worth it.</summary>
    const int CandidatesAThread = 512;

    readonly PartAggregation aggregation = snapshot.Manifest.Settings.Aggregation;

    /// <summary>The best k of each query, best first.</summary>
    public ScoredDocument[][] Run(PreparedQueries queries, int k, IReadOnlyList<IReadOnlySet<string>?>? exclude, VectorFilter? filter)
    {
        var count = Math.Max(1, snapshot.Count);
        k = Math.Min(k, count);
        var excluded = new HashSet<int>?[queries.Count];
        for (var q = 0; q < queries.Count; q++)
            excluded[q] = exclude?[q] is { Count: > 0 } ids ? [.. ids.Select(id => snapshot.Find(Encoding.UTF8.GetBytes(id))).Where(document => document >= 0)] : null;
        var best = Scan(queries, options.Exact ? k : options.Candidates(k, count), excluded, filter);
        if (!options.Exact)
            best = Rescore(queries, best, k);
        return Array.ConvertAll(best, heap => Array.ConvertAll(heap.Take(), found => new ScoredDocument(snapshot.Id(found.Document), found.Score)));
    }

    BestDocuments[] Scan(PreparedQueries queries, int kept, HashSet<int>?[] excluded, VectorFilter? filter)
    {
        BestDocuments Fresh(int query) => new(kept, snapshot.CompareIds, excluded[query]);
        var best = new BestDocuments[queries.Count];
        for (var q = 0; q < best.Length; q++)
            best[q] = Fresh(q);
        for (var i = 0; i < snapshot.Segments.Count; i++)
            new SegmentScan(snapshot.Segments[i], snapshot.Allowed(i, filter), snapshot.FirstDocument(i), aggregation, options.Exact)
                .Run(queries, best, Fresh, options.ThreadCount, cancellation);
        return best;
    }

    BestDocuments[] Rescore(PreparedQueries queries, BestDocuments[] rough, int k)
    {
        var best = new BestDocuments[rough.Length];
        var threads = (int)Math.Clamp(rough.Sum(heap => (long)heap.Unordered.Length) / CandidatesAThread, 1, options.ThreadCount);
        if (threads == 1)
            for (var q = 0; q < best.Length; q++)
                One(q);
        else
            Parallel.For(0, best.Length, new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation }, One);
        return best;

        void One(int q)
        {
            best[q] = new(k, snapshot.CompareIds, null);
            foreach (var (_, document) in rough[q].Unordered)
                best[q].Offer(Score(document, queries.Floats(q)), document);
        }
    }

    float Score(int document, float* query)
    {
        var (segment, number) = snapshot.Locate(document);
        var (start, end) = segment.Rows(number);
        if (end - start == 1)
            return segment.Score(start, query);
        using var scores = new AlignedMemory((end - start) * sizeof(float));
        for (var row = start; row < end; row++)
            scores.Floats[row - start] = segment.Score(row, query);
        return SegmentScan.Aggregated(aggregation, scores.Floats, end - start);
    }
}
