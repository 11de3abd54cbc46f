namespace ReasonIR.Retrieval.Vectors;

/// <summary>A run of documents and their rows, of which the ends are behind the last.</summary>
readonly record struct RowBlock(int Document, int End, int FirstRow, int EndRow)
{
    public int Rows => EndRow - FirstRow;
}

/// <summary>What a scan reads of a segment: where its columns lie, asked for once, which documents may be found, and how rows make a document's score.</summary>
/// <param name="segment">Held by the caller.</param>
/// <param name="allowed">A bit for each document that may be found; null: all.</param>
/// <param name="firstDocument">The number of the segment's first document in the index.</param>
sealed unsafe class SegmentRows(Segment segment, ulong[]? allowed, int firstDocument, PartAggregation aggregation)
{
    public readonly byte* Rough = segment.Rough, Codes = segment.Codes;
    public readonly float* RoughScales = segment.RoughScales, Residuals = segment.Residuals, Scales = segment.Scales;
    public readonly nint RoughStride = segment.Header.RoughStride, CodeStride = segment.Header.CodeStride;
    public readonly bool HasParts = segment.Header.HasParts;

    public Segment Segment => segment;

    public PartAggregation Aggregation => aggregation;

    /// <summary>A document's number in the index.</summary>
    public int Number(int document) => firstDocument + document;

    public bool IsAllowed(int document) => allowed is null || (allowed[document >> 6] >> (document & 63) & 1) != 0;

    public bool AnyAllowed(int document, int end)
    {
        if (allowed is null)
            return true;
        for (; document < end; document = (document | 63) + 1)
            if (allowed[document >> 6] >> (document & 63) != 0)
                return true;
        return false;
    }

    /// <summary>The documents from one on that have about so many rows together, but at least that one.</summary>
    public int BlockEnd(int document, int end, int rows)
    {
        if (!HasParts)
            return Math.Min(end, document + rows);
        var limit = (long)segment.Rows(document).Start + rows;
        var next = document + 1;
        while (next < end && segment.Rows(next).End <= limit)
            next++;
        return next;
    }

    /// <exception cref="VectorIndexException">Documents' starts are read from the file: between two good ones there may be a bad one.</exception>
    public RowBlock Block(int document, int end, int mostRows)
    {
        var block = new RowBlock(document, end, segment.Rows(document).Start, segment.Rows(end - 1).End);
        return block.Rows > 0 && block.Rows <= mostRows ? block : throw Damaged();
    }

    /// <summary>A document's rows, which lie in the block.</summary>
    public (int Start, int Stop) Rows(int document, in RowBlock block)
    {
        var (start, stop) = segment.Rows(document);
        return start >= block.FirstRow && stop <= block.EndRow ? (start, stop) : throw Damaged();
    }

    /// <summary>The score of a document from those of its rows.</summary>
    public float Aggregated(float* scores, int count)
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

    VectorIndexException Damaged() => new(segment.Name, "damaged starts of documents");
}
