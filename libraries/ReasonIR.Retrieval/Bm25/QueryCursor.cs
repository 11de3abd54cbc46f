using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

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
    int scored, position, boundBlock, soughtBlock, knownBlock;
    float known;
    double share;

    public void Open(Bm25File file, int term, double occurrences, double queryTokens, IScorer scorer)
    {
        postings.Open(file, term);
        this.scorer = scorer;
        weight = scorer.Weigh(occurrences, queryTokens, postings.Documents);
        (scored, position, boundBlock, soughtBlock, knownBlock) = (-1, 0, 0, 0, -1);
        share = postings.Documents / (double)file.Header.Documents;
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
            bound = Math.Max(bound, BoundOf(block));
            if (block == postings.Blocks - 1 || postings.Last(block) >= end - 1)
                return bound;
        }
    }

    /// <summary>How many of so many documents hold the term, were it spread evenly.</summary>
    public double Expected(int documents) => documents * share;

    /// <summary>Adds the term's scores in the documents from <paramref name="start"/> up to <paramref name="end"/>.</summary>
    /// <param name="sums">One a document of the window.</param>
    public void AddTo(Span<double> sums, int start, int end)
    {
        ref var window = ref MemoryMarshal.GetReference(sums[..(end - start)]);
        for (var block = BlockOf(start); block < postings.Blocks; block++)
        {
            var values = Scores(block);
            var documents = postings.Numbers;
            var (i, stop) = (SkipTo(documents, start), documents.Length);
            if (documents[^1] >= end)
                for (stop = i; documents[stop] < end; stop++)
                {
                }
            // Without checks: the documents ascend from start to below end.
            for (; i < stop; i++)
                Unsafe.Add(ref window, documents[i] - start) += values[i];
            position = stop;
            if (stop < documents.Length)
                return;
        }
    }

    /// <summary>The block that may hold a document, with at least the score there; without one, 0. In ascending order.</summary>
    public float BoundAt(int document)
    {
        var block = BlockOf(document);
        return block == postings.Blocks ? 0 : postings.Blocks == 1 ? float.PositiveInfinity : BoundOf(block);
    }

    /// <summary>The term's score in a document; 0 where it is not in it.</summary>
    public float ScoreOf(int document)
    {
        var block = BlockOf(document);
        if (block == postings.Blocks)
            return 0;
        Decode(block);
        var found = postings.Numbers[position..].IndexOf(document);
        if (found < 0)
            return 0;
        position += found;
        return scored == block ? scores[position] : scorer.Score(weight, document, postings.OccurrencesAt(position));
    }

    int BlockOf(int document) => postings.Blocks == 1 ? 0 : soughtBlock = postings.Seek(soughtBlock, document);

    float BoundOf(int block)
    {
        if (block != knownBlock)
            (known, knownBlock) = (scorer.Bound(weight, postings.Impacts(block)), block);
        return known;
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
