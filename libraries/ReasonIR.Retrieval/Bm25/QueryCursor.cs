namespace ReasonIR.Retrieval.Bm25;

/// <summary>
/// A query's term on its way through the documents: its postings with their scores. Windows come in ascending order, and so do the
/// documents of <see cref="ScoreOf"/> within one.
/// </summary>
sealed class QueryCursor
{
    readonly PostingCursor postings = new();
    readonly float[] scores = new float[PostingCursor.Block];
    IScorer scorer = null!;
    TermWeight weight;
    int scored, position, boundBlock, knownBlock;
    float known;

    public void Open(Bm25File file, int term, double occurrences, double queryTokens, IScorer scorer)
    {
        postings.Open(file, term);
        this.scorer = scorer;
        weight = scorer.Weigh(occurrences, queryTokens, postings.Documents);
        (scored, position, boundBlock, knownBlock) = (-1, 0, 0, -1);
    }

    /// <summary>At least the term's score in any document.</summary>
    public double Highest => scorer.Highest(weight);

    /// <summary>See <see cref="IScorer.Granule"/>.</summary>
    public double Granule => scorer.Granule(weight);

    /// <summary>At least the term's score in the documents from <paramref name="start"/> up to <paramref name="end"/>, without it.</summary>
    public float Bound(int start, int end)
    {
        if (postings.Blocks == 1)
            return BoundWithin(0, start, end);
        boundBlock = postings.Seek(boundBlock, start);
        if (boundBlock == postings.Blocks)
            return 0;
        // A block that spans the window says little about it: look into it, since it serves for several windows.
        if (postings.Last(boundBlock) >= end - 1)
            return BoundWithin(boundBlock, start, end);
        var bound = 0f;
        for (var block = boundBlock; ; block++)
        {
            if (block != knownBlock)
                (known, knownBlock) = (scorer.Bound(weight, postings.Impacts(block)), block);
            bound = Math.Max(bound, known);
            if (block == postings.Blocks - 1 || postings.Last(block) >= end - 1)
                return bound;
        }
    }

    /// <summary>Adds the term's scores in the documents from <paramref name="start"/> up to <paramref name="end"/>.</summary>
    /// <param name="sums">One a document of the window.</param>
    public void AddTo(Span<double> sums, int start, int end)
    {
        var block = postings.Blocks == 1 ? 0 : postings.Seek(Math.Max(0, postings.Current), start);
        for (; block < postings.Blocks; block++)
        {
            var values = Scores(block);
            var documents = postings.Numbers;
            var i = SkipTo(documents, start);
            if (documents[^1] < end)
            {
                for (; i < documents.Length; i++)
                    sums[documents[i] - start] += values[i];
                position = i;
                continue;
            }
            for (; documents[i] < end; i++)
                sums[documents[i] - start] += values[i];
            position = i;
            return;
        }
    }

    /// <summary>The term's score in a document; 0 where it is not in it.</summary>
    public float ScoreOf(int document)
    {
        var block = postings.Blocks == 1 ? 0 : postings.Seek(Math.Max(0, postings.Current), document);
        if (block == postings.Blocks)
            return 0;
        Decode(block);
        var documents = postings.Numbers;
        position = SkipTo(documents, document);
        return position == documents.Length || documents[position] != document ? 0
            : scored == block ? scores[position] : scorer.Score(weight, document, postings.OccurrencesAt(position));
    }

    float BoundWithin(int block, int start, int end)
    {
        var values = Scores(block);
        var documents = postings.Numbers;
        position = SkipTo(documents, start);
        var bound = 0f;
        for (var i = position; i < documents.Length && documents[i] < end; i++)
            bound = Math.Max(bound, values[i]);
        return bound;
    }

    int SkipTo(ReadOnlySpan<int> documents, int start)
    {
        var i = position;
        while (i < documents.Length && documents[i] < start)
            i++;
        return i;
    }

    void Decode(int block)
    {
        if (block == postings.Current)
            return;
        postings.Decode(block);
        position = 0;
    }

    ReadOnlySpan<float> Scores(int block)
    {
        Decode(block);
        if (scored != block)
        {
            scorer.Score(weight, postings.Numbers, postings.Occurrences, scores);
            scored = block;
        }
        return scores;
    }
}
