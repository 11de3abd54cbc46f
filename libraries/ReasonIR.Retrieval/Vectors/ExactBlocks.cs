using System.Numerics;
using System.Runtime.Intrinsics;

namespace ReasonIR.Retrieval.Vectors;

/// <summary>Every stored vector is scored, whatever its codes say: for comparison.</summary>
/// <param name="capacity">Rows of a block at most, a multiple of 16.</param>
sealed unsafe class ExactBlocks(SegmentRows rows, PreparedQueries queries, int capacity) : IBlockScan
{
    readonly AlignedMemory scores = new((long)CodeDots.Queries * capacity * sizeof(float));

    public void Scan(int query, int count, in RowBlock block, BestDocuments[] best)
    {
        Score(query, count, block);
        for (var i = 0; i < count; i++)
            if (rows.HasParts)
                CollectParts(scores.Floats + i * capacity, block, best[query + i]);
            else
                Collect(scores.Floats + i * capacity, block, best[query + i]);
    }

    void Score(int query, int count, in RowBlock block)
    {
        var (segment, header) = (rows.Segment, rows.Segment.Header);
        if (header.Storage != VectorStorage.Float32)
        {
            for (var q = 0; q < count; q++)
                for (var row = block.FirstRow; row < block.EndRow; row++)
                    scores.Floats[q * capacity + row - block.FirstRow] = segment.Score(row, queries.Floats(query + q));
            return;
        }
        var tile = stackalloc float[FloatDots.Rows * FloatDots.Queries];
        var stride = header.VectorStride / sizeof(float);
        for (var row = block.FirstRow; row < block.EndRow; row += FloatDots.Rows)
        {
            var some = Math.Min(FloatDots.Rows, block.EndRow - row);
            FloatDots.Floats((float*)segment.Vector(row), stride, some, queries.Floats(query), queries.Stride, count, tile);
            for (var q = 0; q < count; q++)
                for (var i = 0; i < some; i++)
                    scores.Floats[q * capacity + row - block.FirstRow + i] = tile[q * FloatDots.Rows + i];
        }
    }

    void Collect(float* found, in RowBlock block, BestDocuments best)
    {
        for (var document = block.Document; document < block.End; document += Vector512<float>.Count, found += Vector512<float>.Count)
        {
            // Nearly all are below: one comparison for sixteen. What lies behind the last one is looked at below, not here.
            var among = Vector512.GreaterThanOrEqual(Vector512.Load(found), Vector512.Create(best.Threshold)).ExtractMostSignificantBits();
            for (; among != 0; among &= among - 1)
            {
                var i = BitOperations.TrailingZeroCount(among);
                if (document + i < block.End && rows.IsAllowed(document + i))
                    best.Offer(found[i], rows.Number(document + i));
            }
        }
    }

    void CollectParts(float* found, in RowBlock block, BestDocuments best)
    {
        for (var document = block.Document; document < block.End; document++)
        {
            if (!rows.IsAllowed(document))
                continue;
            var (start, stop) = rows.Rows(document, block);
            best.Offer(rows.Aggregated(found + (start - block.FirstRow), stop - start), rows.Number(document));
        }
    }

    public void Dispose() => scores.Dispose();
}
