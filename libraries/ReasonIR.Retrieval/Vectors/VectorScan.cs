namespace ReasonIR.Retrieval.Vectors;

/// <summary>
/// One pass over an index for a batch of queries: rows in blocks that stay in the nearest cache, all queries of a chunk
/// over each block; chunks of queries and segments of rows are shared among threads. O(queries × rows × dimension).
/// </summary>
/// <param name="Floats">[rows × Stride], or null when codes are scanned.</param>
/// <param name="Codes">[rows × CodeStride].</param>
/// <param name="Scales">[rows].</param>
unsafe readonly record struct VectorScan(nint Floats, nint Codes, nint Scales, int Stride, int CodeStride, int Count)
{
    const int QueriesAChunk = 256;

    /// <summary>Rows that stay in the first-level cache while the chunk's queries come from the second.</summary>
    const int BlockBytes = 24 << 10;

    /// <summary>Below this many products a segment is not worth a thread.</summary>
    const long ProductsASegment = 1 << 20;

    /// <summary>Scans the floats.</summary>
    /// <param name="queries">[queries × Stride], prepared and padded.</param>
    /// <param name="top">A heap a query, filled here.</param>
    public void ScanFloats(float* queries, TopRows[] top, Func<int, TopRows> fresh, int threads, CancellationToken cancellation)
    {
        var (self, address) = (this, (nint)queries);
        Share(top, fresh, Stride, threads, cancellation, (heaps, first, start, end) =>
            self.FloatSegment((float*)address + (long)first * self.Stride, heaps, start, end, cancellation));
    }

    /// <summary>Scans the codes; scores are the integers times the rows' scales, good for candidates only.</summary>
    /// <param name="queries">[queries × CodeStride], widened to 16 bits.</param>
    public void ScanCodes(short* queries, TopRows[] top, Func<int, TopRows> fresh, int threads, CancellationToken cancellation)
    {
        var (self, address) = (this, (nint)queries);
        Share(top, fresh, CodeStride, threads, cancellation, (heaps, first, start, end) =>
            self.CodeSegment((short*)address + (long)first * self.CodeStride, heaps, start, end, cancellation));
    }

    delegate void Segment(ReadOnlySpan<TopRows> heaps, int firstQuery, int start, int end);

    void Share(
        TopRows[] top, Func<int, TopRows> fresh, int stride, int threads, CancellationToken cancellation, Segment scan)
    {
        var chunks = (top.Length + QueriesAChunk - 1) / QueriesAChunk;
        var products = (long)Math.Min(top.Length, QueriesAChunk) * Count * stride;
        var wanted = chunks >= threads ? 1 : (threads + chunks - 1) / chunks;
        var segments = (int)Math.Clamp(products / ProductsASegment, 1, wanted);
        if (threads == 1 || chunks * segments == 1)
        {
            for (var chunk = 0; chunk < chunks; chunk++)
                scan(Chunk(chunk), chunk * QueriesAChunk, 0, Count);
            return;
        }
        var rows = (Count / segments / DotTiles.Rows + 1) * (long)DotTiles.Rows;
        var count = Count;
        var options = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation };
        Parallel.For(0, chunks * segments, options, unit =>
        {
            var (chunk, segment) = (unit / segments, unit % segments);
            var first = chunk * QueriesAChunk;
            var mine = segments == 1
                ? Chunk(chunk)
                : Enumerable.Range(first, Math.Min(QueriesAChunk, top.Length - first)).Select(fresh).ToArray();
            scan(mine, first, (int)Math.Min(count, segment * rows), (int)Math.Min(count, (segment + 1) * rows));
            if (segments == 1)
                return;
            for (var q = 0; q < mine.Length; q++)
                lock (top[first + q])
                    foreach (var (score, row) in mine[q].Unordered)
                        top[first + q].Offer(score, row);
        });

        TopRows[] Chunk(int chunk) =>
            top[(chunk * QueriesAChunk)..Math.Min(top.Length, (chunk + 1) * QueriesAChunk)];
    }

    void FloatSegment(float* queries, ReadOnlySpan<TopRows> top, int start, int end, CancellationToken cancellation)
    {
        var scores = stackalloc float[DotTiles.Rows * DotTiles.Queries];
        var block = BlockRows(Stride * sizeof(float));
        for (var blockStart = start; blockStart < end; blockStart += block)
        {
            cancellation.ThrowIfCancellationRequested();
            var blockEnd = Math.Min(end, blockStart + block);
            for (var q = 0; q < top.Length; q += DotTiles.Queries)
                for (var row = blockStart; row < blockEnd; row += DotTiles.Rows)
                {
                    var (rows, count) = (Math.Min(DotTiles.Rows, blockEnd - row), Math.Min(DotTiles.Queries, top.Length - q));
                    DotTiles.Floats((float*)Floats + (long)row * Stride, Stride, rows, queries + (long)q * Stride, Stride, count, scores);
                    for (var j = 0; j < count; j++)
                        top[q + j].Offer(scores + j * DotTiles.Rows, rows, row);
                }
        }
    }

    void CodeSegment(short* queries, ReadOnlySpan<TopRows> top, int start, int end, CancellationToken cancellation)
    {
        var scores = stackalloc float[DotTiles.Rows * DotTiles.Queries];
        var block = BlockRows(CodeStride);
        for (var blockStart = start; blockStart < end; blockStart += block)
        {
            cancellation.ThrowIfCancellationRequested();
            var blockEnd = Math.Min(end, blockStart + block);
            for (var q = 0; q < top.Length; q += DotTiles.Queries)
                for (var row = blockStart; row < blockEnd; row += DotTiles.Rows)
                {
                    var (rows, count) = (Math.Min(DotTiles.Rows, blockEnd - row), Math.Min(DotTiles.Queries, top.Length - q));
                    DotTiles.Codes((sbyte*)Codes + (long)row * CodeStride, CodeStride, rows, queries + (long)q * CodeStride, CodeStride, count, scores);
                    for (var j = 0; j < count; j++)
                    {
                        for (var i = 0; i < rows; i++)
                            scores[j * DotTiles.Rows + i] *= ((float*)Scales)[row + i];
                        top[q + j].Offer(scores + j * DotTiles.Rows, rows, row);
                    }
                }
        }
    }

    static int BlockRows(int rowBytes) => Math.Max(DotTiles.Rows, BlockBytes / rowBytes / DotTiles.Rows * DotTiles.Rows);
}
