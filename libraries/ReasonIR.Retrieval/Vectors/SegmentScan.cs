using System.Numerics;
using System.Runtime.Intrinsics;

namespace ReasonIR.Retrieval.Vectors;

/// <summary>
/// One pass over a segment for a batch of queries: rows in blocks that stay in a near cache, all queries of a chunk over each block;
/// chunks of queries and parts of the segment are shared among threads. Rough codes bound each row's score; where the bound reaches the
/// worst of the best so far, the 8-bit codes bound it closely, and where these do too the stored vector is scored. So every score is that
/// of the stored vector. O(queries × rows × dimension).
/// </summary>
/// <param name="Segment">Held by the caller.</param>
/// <param name="Allowed">A bit for each document that may be found; null: all.</param>
/// <param name="FirstDocument">The number of the segment's first document in the index.</param>
/// <param name="Exact">Whether every stored vector is scored, whatever its codes say.</param>
/// <param name="Floors">For each query a score that k documents have reached; grows while parts of the index are scanned side by side.</param>
unsafe sealed record SegmentScan(Segment Segment, ulong[]? Allowed, int FirstDocument, PartAggregation Aggregation, bool Exact, float[] Floors)
{
    const int QueriesAChunk = 256;

    readonly Lines lines = new(Segment);

    /// <summary>Rows that stay in the first-level cache while the chunk's queries come from the second.</summary>
    const int BlockBytes = 24 << 10;

    /// <summary>Nothing is read twice for a few queries: the larger, the less there is to do beside reading.</summary>
    const int BlockBytesOfFew = 256 << 10;

    /// <summary>Below this many products a part is not worth a thread.</summary>
    const long ProductsAPart = 1 << 20;

    /// <summary>Parts for each thread, so that one that is held up does not hold up all.</summary>
    const int PartsAThread = 4;

    /// <param name="best">A heap a query, filled here.</param>
    /// <param name="fresh">An empty heap for a query.</param>
    public void Run(PreparedQueries queries, BestDocuments[] best, Func<int, BestDocuments> fresh, int threads, CancellationToken cancellation)
    {
        var chunks = (queries.Count + QueriesAChunk - 1) / QueriesAChunk;
        var products = (long)Math.Min(queries.Count, QueriesAChunk) * Segment.Header.Rows * queries.CodeStride;
        var wanted = threads == 1 || chunks >= threads * PartsAThread ? 1 : threads * PartsAThread;
        var parts = (int)Math.Clamp(products / ProductsAPart, 1, wanted);
        if (threads == 1 || chunks * parts == 1)
        {
            for (var chunk = 0; chunk < chunks; chunk++)
                ScanPart(queries, Chunk(chunk), chunk * QueriesAChunk, 0, Segment.Documents, cancellation);
            return;
        }
        var options = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation };
        Parallel.For(0, chunks * parts, options, unit =>
        {
            var (chunk, part) = (unit / parts, unit % parts);
            var first = chunk * QueriesAChunk;
            var mine = parts == 1 ? Chunk(chunk) : [.. Enumerable.Range(first, Math.Min(QueriesAChunk, best.Length - first)).Select(fresh)];
            ScanPart(queries, mine, first, (int)((long)Segment.Documents * part / parts), (int)((long)Segment.Documents * (part + 1) / parts), cancellation);
            if (parts == 1)
                return;
            for (var q = 0; q < mine.Length; q++)
                lock (best[first + q])
                    foreach (var (score, document) in mine[q].Unordered)
                        best[first + q].Offer(score, document);
        });

        BestDocuments[] Chunk(int chunk) => best[(chunk * QueriesAChunk)..Math.Min(best.Length, (chunk + 1) * QueriesAChunk)];
    }

    void ScanPart(PreparedQueries queries, BestDocuments[] best, int firstQuery, int start, int end, CancellationToken cancellation)
    {
        var rowBytes = Exact && Segment.Header.VectorStride > 0 ? Segment.Header.VectorStride : Exact ? Segment.Header.CodeStride : Segment.Header.RoughStride;
        var blockRows = Math.Max(4, (best.Length <= CodeDots.Queries ? BlockBytesOfFew : BlockBytes) / rowBytes / 4 * 4);
        var capacity = (Math.Max(blockRows, Segment.Header.MostRows) + 15) / 16 * 16;
        using var scores = new AlignedMemory((long)CodeDots.Queries * capacity * sizeof(float));
        using var candidates = new AlignedMemory((long)capacity * sizeof(int));
        for (var document = start; document < end;)
        {
            cancellation.ThrowIfCancellationRequested();
            var next = BlockEnd(document, end, blockRows);
            if (AnyAllowed(document, next))
            {
                var (firstRow, endRow) = (Segment.Rows(document).Start, Segment.Rows(next - 1).End);
                // Documents' starts are read from the file: between two good ones there may be a bad one.
                if (endRow - firstRow > capacity || endRow <= firstRow)
                    throw new VectorIndexException(Segment.Name, "damaged starts of documents");
                for (var q = 0; q < best.Length; q += CodeDots.Queries)
                {
                    var count = Math.Min(CodeDots.Queries, best.Length - q);
                    if (Exact)
                        ScoreVectors(queries, firstQuery + q, count, firstRow, endRow, scores.Floats, capacity);
                    else
                        CodeDots.Block(CodeDots.Best, lines.Rough + firstRow * lines.RoughStride, endRow - firstRow,
                            queries.Codes(firstQuery + q), count, lines.RoughStride, scores.Integers, capacity);
                    for (var i = 0; i < count; i++)
                        if (!Exact)
                            Refine(queries, firstQuery + q + i, scores.Integers + i * capacity, candidates.Integers, document, next, firstRow, endRow, best[q + i]);
                        else if (Segment.Header.HasParts)
                            CollectParts(scores.Floats + i * capacity, document, next, firstRow, best[q + i]);
                        else
                            Collect(scores.Floats + i * capacity, document, next, best[q + i]);
                }
            }
            document = next;
        }
    }

    /// <summary>Scores what can be among the best, from the products of codes; these become bounds where they stand.</summary>
    /// <param name="candidates">Room for as many numbers as there are rows.</param>
    void Refine(PreparedQueries queries, int query, int* products, int* candidates, int document, int end, int firstRow, int endRow, BestDocuments best)
    {
        var (rough, rows) = (queries.Rough(query), endRow - firstRow);
        var bounds = (float*)products;
        var (step, offset, weight) = (Vector512.Create(rough.Step), Vector512.Create(rough.Offset), Vector512.Create(rough.Weight));
        var (count, stride) = (0, lines.CodeStride);
        var codes = lines.Codes;
        var floor = Vector512.Create(Floor(query, best));
        var scales = lines.RoughScales + firstRow;
        var residuals = lines.Residuals + firstRow;
        // The last load may go beyond the block's rows: there is room behind them, here and in the file.
        for (var row = 0; row < rows; row += Vector512<float>.Count)
        {
            var bound = Vector512.MultiplyAddEstimate(Vector512.Load(residuals + row), weight,
                Vector512.Load(scales + row) * Vector512.MultiplyAddEstimate(Vector512.ConvertToSingle(Vector512.Load(products + row)), step, offset));
            bound.Store(bounds + row);
            // Not below rather than above: a bound that is no number bounds nothing.
            for (var among = ~Vector512.LessThan(bound, floor).ExtractMostSignificantBits() & 0xFFFF; among != 0; among &= among - 1)
            {
                var candidate = row + BitOperations.TrailingZeroCount(among);
                CloseDots.Prefetch(codes + (firstRow + (long)candidate) * stride, stride);
                candidates[count++] = candidate;
            }
        }
        if (lines.HasParts)
            RefineParts(queries, query, bounds, document, end, firstRow, best);
        else
            for (var i = 0; i < count && candidates[i] < rows; i++)
                if (candidates[i] is var row && IsAllowed(document + row) && Reaches(queries, query, firstRow + row, bounds[row], best))
                    best.Offer(Segment.Score(firstRow + row, queries.Floats(query)), FirstDocument + document + row);
        // Another thread may write a lower one over it: then that one is a floor, too.
        if (best.Threshold > Floors[query])
            Floors[query] = best.Threshold;
    }

    void RefineParts(PreparedQueries queries, int query, float* bounds, int document, int end, int firstRow, BestDocuments best)
    {
        for (; document < end; document++)
        {
            var (start, stop) = Segment.Rows(document);
            if (start < firstRow)
                throw new VectorIndexException(Segment.Name, "damaged starts of documents");
            if (!IsAllowed(document) || Aggregated(Aggregation, bounds + (start - firstRow), stop - start) < Floor(query, best))
                continue;
            var scores = bounds + (start - firstRow);
            if (Aggregation == PartAggregation.Mean)
                for (var row = start; row < stop; row++)
                    scores[row - start] = Segment.Score(row, queries.Floats(query));
            else
                // A part that cannot be among the best cannot be what brings its document there.
                for (var row = start; row < stop; row++)
                    scores[row - start] = Reaches(queries, query, row, scores[row - start], best) ? Segment.Score(row, queries.Floats(query)) : float.NegativeInfinity;
            if (Aggregated(Aggregation, scores, stop - start) is var score && score > float.NegativeInfinity)
                best.Offer(score, FirstDocument + document);
        }
    }

    float Floor(int query, BestDocuments best) => Math.Max(best.Threshold, Floors[query]);

    /// <summary>Whether a row's bounds leave it a chance: that of the 2-bit codes, and that of the 8-bit codes.</summary>
    bool Reaches(PreparedQueries queries, int query, int row, float bound, BestDocuments best)
    {
        var floor = Floor(query, best);
        return !(bound < floor) && !(queries.Bound(query, lines.Codes + (long)row * lines.CodeStride, lines.Scales[row]) < floor);
    }

    void ScoreVectors(PreparedQueries queries, int query, int count, int firstRow, int endRow, float* scores, int capacity)
    {
        if (Segment.Header.Storage != VectorStorage.Float32)
        {
            for (var q = 0; q < count; q++)
                for (var row = firstRow; row < endRow; row++)
                    scores[q * capacity + row - firstRow] = Segment.Score(row, queries.Floats(query + q));
            return;
        }
        var tile = stackalloc float[FloatDots.Rows * FloatDots.Queries];
        var stride = Segment.Header.VectorStride / sizeof(float);
        for (var row = firstRow; row < endRow; row += FloatDots.Rows)
        {
            var rows = Math.Min(FloatDots.Rows, endRow - row);
            FloatDots.Floats((float*)Segment.Vector(row), stride, rows, queries.Floats(query), queries.Stride, count, tile);
            for (var q = 0; q < count; q++)
                for (var i = 0; i < rows; i++)
                    scores[q * capacity + row - firstRow + i] = tile[q * FloatDots.Rows + i];
        }
    }

    void Collect(float* scores, int document, int end, BestDocuments best)
    {
        for (; document < end; document += Vector512<float>.Count, scores += Vector512<float>.Count)
        {
            // Nearly all are below: one comparison for sixteen. What lies behind the last one is looked at below, not here.
            var among = Vector512.GreaterThanOrEqual(Vector512.Load(scores), Vector512.Create(best.Threshold)).ExtractMostSignificantBits();
            for (; among != 0; among &= among - 1)
            {
                var i = BitOperations.TrailingZeroCount(among);
                if (document + i < end && IsAllowed(document + i))
                    best.Offer(scores[i], FirstDocument + document + i);
            }
        }
    }

    void CollectParts(float* scores, int document, int end, int firstRow, BestDocuments best)
    {
        for (; document < end; document++)
        {
            if (!IsAllowed(document))
                continue;
            var (start, stop) = Segment.Rows(document);
            if (start < firstRow)
                throw new VectorIndexException(Segment.Name, "damaged starts of documents");
            best.Offer(Aggregated(Aggregation, scores + (start - firstRow), stop - start), FirstDocument + document);
        }
    }

    /// <summary>The score of a document from those of its rows.</summary>
    public static float Aggregated(PartAggregation aggregation, float* scores, int count)
    {
        if (count == 1)
            return scores[0];
        var (largest, sum) = (scores[0], 0d);
        for (var i = 0; i < count; i++)
        {
            largest = Math.Max(largest, scores[i]);
            sum += scores[i];
        }
        return aggregation == PartAggregation.Max ? largest : (float)(sum / count);
    }

    int BlockEnd(int document, int end, int blockRows)
    {
        if (!Segment.Header.HasParts)
            return Math.Min(end, document + blockRows);
        var limit = (long)Segment.Rows(document).Start + blockRows;
        var next = document + 1;
        while (next < end && Segment.Rows(next).End <= limit)
            next++;
        return next;
    }

    bool IsAllowed(int document) => Allowed is null || (Allowed[document >> 6] >> (document & 63) & 1) != 0;

    bool AnyAllowed(int document, int end)
    {
        if (Allowed is null)
            return true;
        for (; document < end; document = (document | 63) + 1)
            if (Allowed[document >> 6] >> (document & 63) != 0)
                return true;
        return false;
    }

    /// <summary>Where a segment's columns lie: asked for once, not for each block of rows.</summary>
    readonly struct Lines(Segment segment)
    {
        public readonly byte* Rough = segment.Rough, Codes = segment.Codes;
        public readonly float* RoughScales = segment.RoughScales, Residuals = segment.Residuals, Scales = segment.Scales;
        public readonly nint RoughStride = segment.Header.RoughStride, CodeStride = segment.Header.CodeStride;
        public readonly bool HasParts = segment.Header.HasParts;
    }
}
