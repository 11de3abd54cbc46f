using System.Runtime.ExceptionServices;

namespace ReasonIR.Retrieval.Vectors;

/// <summary>
/// One pass over a segment for a batch of queries: rows in blocks that stay in a near cache, all queries of a chunk over each block.
/// Chunks of queries and parts of the segment are units that threads take one after the other, so that all end together.
/// O(queries × rows × dimension).
/// </summary>
/// <param name="best">A heap a query, filled here; shared by all threads.</param>
/// <param name="exact">Whether every stored vector is scored, whatever its codes say.</param>
sealed class SegmentScan(SegmentRows rows, PreparedQueries queries, BestDocuments[] best, bool exact)
{
    const int QueriesAChunk = 256;

    /// <summary>Rows that stay in the second-level cache, with their 8-bit codes, while the chunk's queries go over them: the more, the less there is to do beside products.</summary>
    const int BlockBytes = 48 << 10;

    /// <summary>Nothing is read twice for a few queries, but what is looked at closely should be on its way while its neighbors are read.</summary>
    const int BlockBytesOfFew = 64 << 10;

    /// <summary>A part's first blocks are small: only what is found there tells what need not be looked at.</summary>
    const int FirstRows = 128;

    /// <summary>Below this many products a part is not worth a thread.</summary>
    const long ProductsAPart = 1 << 20;

    const int UnitsAThread = 16;

    int taken;

    public void Run(int threads, CancellationToken cancellation)
    {
        var chunks = (queries.Count + QueriesAChunk - 1) / QueriesAChunk;
        var products = (long)Math.Min(queries.Count, QueriesAChunk) * rows.Segment.Header.Rows * queries.CodeStride;
        var wanted = threads == 1 ? 1 : Math.Max(1, threads * UnitsAThread / chunks);
        var parts = (int)Math.Clamp(products / ProductsAPart, 1, wanted);
        var workers = Math.Min(threads, chunks * parts);
        if (workers == 1)
        {
            TakeUnits(chunks, parts, cancellation);
            return;
        }
        try
        {
            Parallel.For(0, workers, new() { MaxDegreeOfParallelism = threads, CancellationToken = cancellation }, _ => TakeUnits(chunks, parts, cancellation));
        }
        catch (AggregateException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]);
        }
    }

    void TakeUnits(int chunks, int parts, CancellationToken cancellation)
    {
        var header = rows.Segment.Header;
        var rowBytes = exact && header.VectorStride > 0 ? header.VectorStride : exact ? header.CodeStride : header.RoughStride;
        var few = Math.Min(queries.Count, QueriesAChunk) <= CodeDots.Queries;
        var blockRows = Math.Max(4, (few ? BlockBytesOfFew : BlockBytes) / rowBytes / 4 * 4);
        var capacity = (Math.Max(blockRows, header.MostRows) + 15) / 16 * 16;
        using IBlockScan scan = exact ? new ExactBlocks(rows, queries, capacity) : new CodedBlocks(rows, queries, capacity);
        int unit;
        while ((unit = Interlocked.Increment(ref taken) - 1) < chunks * parts)
        {
            var (first, part) = (unit / parts * QueriesAChunk, unit % parts);
            var documents = (long)rows.Segment.Documents;
            Scan(scan, first, Math.Min(QueriesAChunk, queries.Count - first), (int)(documents * part / parts), (int)(documents * (part + 1) / parts), blockRows, capacity, cancellation);
        }
    }

    void Scan(IBlockScan scan, int firstQuery, int count, int start, int end, int blockRows, int capacity, CancellationToken cancellation)
    {
        for (var document = start; document < end;)
        {
            cancellation.ThrowIfCancellationRequested();
            var next = rows.BlockEnd(document, end, Math.Min(blockRows, Math.Max(FirstRows, document - start)));
            if (rows.AnyAllowed(document, next))
            {
                var block = rows.Block(document, next, capacity);
                for (var query = 0; query < count; query += CodeDots.Queries)
                    scan.Scan(firstQuery + query, Math.Min(CodeDots.Queries, count - query), block, best);
            }
            document = next;
        }
    }
}
