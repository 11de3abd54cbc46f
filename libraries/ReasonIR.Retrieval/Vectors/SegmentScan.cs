using System.Numerics;
using System.Runtime.Intrinsics;

namespace ReasonIR.Retrieval.Vectors;

/// <summary>
/// One pass over a segment for a batch of queries: rows in blocks that stay in a near cache, all queries of a chunk over each block;
/// chunks of queries and parts of the segment are shared among threads. O(queries × rows × dimension).
/// </summary>
/// <param name="Segment">Held by the caller.</param>
/// <param name="Allowed">A bit for each document that may be found; null: all.</param>
/// <param name="FirstDocument">The number of the segment's first document in the index.</param>
/// <param name="Exact">Whether the stored vectors are scored rather than the codes, whose scores are good for candidates only.</param>
unsafe sealed record SegmentScan(Segment Segment, ulong[]? Allowed, int FirstDocument, PartAggregation Aggregation, bool Exact)
{
    const int QueriesAChunk = 256;

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
        var products = (long)Math.Min(queries.Count, QueriesAChunk) * Segment.Header.Rows * queries.Stride;
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
        var rowBytes = Exact && Segment.Header.VectorStride > 0 ? Segment.Header.VectorStride : Segment.Header.CodeStride;
        var blockRows = Math.Max(4, (best.Length <= CodeDots.Queries ? BlockBytesOfFew : BlockBytes) / rowBytes / 4 * 4);
        var capacity = (Math.Max(blockRows, Segment.Header.MostRows) + 15) / 16 * 16;
        using var scores = new AlignedMemory((long)CodeDots.Queries * capacity * sizeof(float));
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
                        ScoreCodes(queries, firstQuery + q, count, firstRow, endRow, scores, capacity);
                    for (var i = 0; i < count; i++)
                        if (Segment.Header.HasParts)
                            CollectParts(scores.Floats + i * capacity, document, next, firstRow, best[q + i]);
                        else
                            Collect(scores.Floats + i * capacity, document, next, best[q + i]);
                }
            }
            document = next;
        }
    }

    void ScoreCodes(PreparedQueries queries, int query, int count, int firstRow, int endRow, AlignedMemory memory, int capacity)
    {
        var rows = endRow - firstRow;
        CodeDots.Block(CodeDots.Best, Segment.Codes + (long)firstRow * queries.Stride, rows, queries.Codes(query), count, queries.Stride, memory.Integers, capacity);
        var scales = Segment.Scales + firstRow;
        for (var q = 0; q < count; q++)
        {
            var sums = memory.Integers + q * capacity;
            var scores = memory.Floats + q * capacity;
            var offset = Vector512.Create(queries.Offset(query + q));
            var row = 0;
            for (; row + Vector512<float>.Count <= rows; row += Vector512<float>.Count)
                (Vector512.ConvertToSingle(Vector512.Load(sums + row) - offset) * Vector512.Load(scales + row)).Store(scores + row);
            for (; row < rows; row++)
                scores[row] = (sums[row] - queries.Offset(query + q)) * scales[row];
        }
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
}
