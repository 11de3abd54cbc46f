using System.Numerics;
using System.Runtime.Intrinsics;

namespace ReasonIR.Retrieval.Vectors;

/// <summary>
/// Rough codes bound each row's score; where the bound reaches the worst of the best so far, the 8-bit codes bound it closely, and where
/// these do too the stored vector is scored. So every score is that of the stored vector.
/// </summary>
/// <param name="capacity">Rows of a block at most, a multiple of 16.</param>
sealed unsafe class CodedBlocks(SegmentRows rows, PreparedQueries queries, int capacity) : IBlockScan
{
    readonly AlignedMemory products = new((long)CodeDots.Queries * capacity * sizeof(int));
    readonly AlignedMemory candidates = new((long)capacity * sizeof(int));

    public void Scan(int query, int count, in RowBlock block, BestDocuments[] best)
    {
        CodeDots.Block(CodeDots.Best, rows.Rough + block.FirstRow * rows.RoughStride, block.Rows, queries.Codes(query), count, rows.RoughStride, products.Integers, capacity);
        for (var i = 0; i < count; i++)
            Refine(query + i, products.Integers + i * capacity, block, best[query + i]);
    }

    /// <summary>Scores what can be among the best, from the products of codes; these become bounds where they stand.</summary>
    void Refine(int query, int* sums, in RowBlock block, BestDocuments best)
    {
        var rough = queries.Rough(query);
        var bounds = (float*)sums;
        var among = candidates.Integers;
        var (step, offset, weight) = (Vector512.Create(rough.Step), Vector512.Create(rough.Offset), Vector512.Create(rough.Weight));
        var (count, stride) = (0, rows.CodeStride);
        var codes = rows.Codes + block.FirstRow * (long)stride;
        var floor = Vector512.Create(best.Threshold);
        var scales = rows.RoughScales + block.FirstRow;
        var residuals = rows.Residuals + block.FirstRow;
        // The last load may go beyond the block's rows: there is room behind them, here and in the file.
        for (var row = 0; row < block.Rows; row += Vector512<float>.Count)
        {
            var bound = Vector512.MultiplyAddEstimate(Vector512.Load(residuals + row), weight,
                Vector512.Load(scales + row) * Vector512.MultiplyAddEstimate(Vector512.ConvertToSingle(Vector512.Load(sums + row)), step, offset));
            bound.Store(bounds + row);
            // Not below rather than above: a bound that is no number bounds nothing.
            for (var reach = ~Vector512.LessThan(bound, floor).ExtractMostSignificantBits() & 0xFFFF; reach != 0; reach &= reach - 1)
            {
                var candidate = row + BitOperations.TrailingZeroCount(reach);
                CloseDots.Prefetch(codes + candidate * (long)stride, stride);
                among[count++] = candidate;
            }
        }
        if (rows.HasParts)
            RefineParts(query, bounds, block, best);
        else
            for (var i = 0; i < count && among[i] < block.Rows; i++)
                if (among[i] is var row && rows.IsAllowed(block.Document + row) && Reaches(query, block.FirstRow + row, bounds[row], best))
                    best.Offer(rows.Segment.Score(block.FirstRow + row, queries.Floats(query)), rows.Number(block.Document + row));
    }

    void RefineParts(int query, float* bounds, in RowBlock block, BestDocuments best)
    {
        for (var document = block.Document; document < block.End; document++)
        {
            var (start, stop) = rows.Rows(document, block);
            var scores = bounds + (start - block.FirstRow);
            if (!rows.IsAllowed(document) || rows.Aggregated(scores, stop - start) < best.Threshold)
                continue;
            if (rows.Aggregation == PartAggregation.Mean)
                for (var row = start; row < stop; row++)
                    scores[row - start] = rows.Segment.Score(row, queries.Floats(query));
            else
                // A part that cannot be among the best cannot be what brings its document there.
                for (var row = start; row < stop; row++)
                    scores[row - start] = Reaches(query, row, scores[row - start], best) ? rows.Segment.Score(row, queries.Floats(query)) : float.NegativeInfinity;
            if (rows.Aggregated(scores, stop - start) is var score && score > float.NegativeInfinity)
                best.Offer(score, rows.Number(document));
        }
    }

    /// <summary>Whether a row's bounds leave it a chance: that of the 2-bit codes, and that of the 8-bit codes.</summary>
    bool Reaches(int query, int row, float bound, BestDocuments best)
    {
        var floor = best.Threshold;
        return !(bound < floor) && !(queries.Bound(query, rows.Codes + row * (long)rows.CodeStride, rows.Scales[row]) < floor);
    }

    public void Dispose()
    {
        products.Dispose();
        candidates.Dispose();
    }
}
