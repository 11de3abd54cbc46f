using System.Numerics;
using System.Runtime.InteropServices;

namespace ReasonIR.Retrieval.Bm25;

/// <summary>
/// The best documents of a query, found window by window over the documents (MaxScore of Turtle and Flood, with the bounds of Ding and
/// Suel's blocks taken for each window). Terms whose bounds together cannot lift a document above the worst kept one are not added up:
/// only documents that other terms brought near it are looked up in them. The result is that of adding up everything, to the last bit.
/// Not thread-safe; reusable.
/// </summary>
sealed class WindowedSearch
{
    /// <summary>Documents added up at a time: their sums stay in the second-level cache.</summary>
    public const int Window = 1 << 13;

    /// <summary>Postings that are added up in the time of one look-up, and those below which counting the candidates takes longer than adding.</summary>
    const int LookUpCost = 16, FewestWorthCounting = 256;

    /// <summary>More than what rounding makes of a sum of bounds.</summary>
    const double Above = 1 + 1e-9;

    readonly double[] sums = new double[Window];
    readonly List<QueryCursor> cursors = [];
    readonly List<(int Document, double Sum)> candidates = [];
    readonly TopDocuments top = new();
    float[] bounds = [];
    int[] order = [];

    /// <summary>Whether the last search could leave postings unread.</summary>
    public bool Pruned { get; private set; }

    /// <param name="k">At least 1.</param>
    /// <param name="excluded">Documents that must not be found.</param>
    /// <param name="prune">False: add up everything.</param>
    public (float Score, int Document)[] Run(Bm25File file, QueryTerms terms, IScorer scorer, int k, HashSet<int>? excluded, bool prune)
    {
        Open(file, terms, scorer);
        var count = terms.Known.Count;
        top.Reset(k);
        Pruned = prune && AnyOrderIsExact(count);
        for (var start = 0; start < file.Header.Documents; start += Window)
        {
            var end = Math.Min(file.Header.Documents, start + Window);
            if (Pruned && top.Threshold > 0)
                RunPruned(count, start, end, excluded);
            else
            {
                for (var i = 0; i < count; i++)
                    cursors[i].AddTo(sums, start, end);
                Collect(start, end - start, 0, excluded);
            }
            top.Settle();
        }
        return top.Take();
    }

    void Open(Bm25File file, QueryTerms terms, IScorer scorer)
    {
        while (cursors.Count < terms.Known.Count)
            cursors.Add(new());
        if (order.Length < cursors.Count)
            (bounds, order) = (new float[cursors.Count], new int[cursors.Count]);
        for (var i = 0; i < terms.Known.Count; i++)
            cursors[i].Open(file, terms.Known[i].Term, terms.Known[i].Occurrences, terms.KnownTokens, scorer);
    }

    // All scores are multiples of the smallest granule and a double holds 53 bits: sums below 2^53 granules are exact, so that no order
    // of adding gives another one. It fails for words that nearly every document holds beside rare ones; then all is added up in order.
    bool AnyOrderIsExact(int count)
    {
        double sum = 0, granule = double.PositiveInfinity;
        for (var i = 0; i < count; i++)
            (sum, granule) = (sum + cursors[i].Highest, Math.Min(granule, cursors[i].Granule));
        return sum * Above < granule * (1L << 53);
    }

    void RunPruned(int count, int start, int end, HashSet<int>? excluded)
    {
        var rest = 0.0;
        for (var i = 0; i < count; i++)
        {
            (bounds[i], order[i]) = (cursors[i].Bound(start, end), i);
            rest += bounds[i];
        }
        if (top.IsBelow(rest * Above))
            return;
        Array.Sort(bounds, order, 0, count);
        // From the highest bound down: added up until what is left can lift few documents only; those are looked up in it.
        var left = count;
        for (; left > 0 && bounds[left - 1] > 0; rest -= bounds[--left])
        {
            var cursor = cursors[order[left - 1]];
            var postings = cursor.Expected(end - start);
            if (postings > FewestWorthCounting && rest * Above < top.Threshold && CountAbove(top.Threshold - rest * Above, end - start) * LookUpCost < postings)
                break;
            cursor.AddTo(sums, start, end);
        }
        if (left == 0 || bounds[left - 1] == 0)
            (left, rest) = (0, 0);
        Collect(start, end - start, rest, excluded);
        while (left > 0 && candidates.Count > 0)
        {
            rest = Math.Max(0, rest - bounds[--left]);
            LookUp(cursors[order[left]], rest);
        }
        foreach (var (document, sum) in candidates)
            top.Offer((float)sum, document);
        candidates.Clear();
    }

    int CountAbove(double least, int count)
    {
        var found = Vector<long>.Zero;
        foreach (var vector in MemoryMarshal.Cast<double, Vector<double>>(sums.AsSpan(0, (count + Vector<double>.Count - 1) & -Vector<double>.Count)))
            found -= Vector.GreaterThan(vector, new Vector<double>(least));
        return (int)Vector.Sum(found);
    }

    /// <summary>Takes the documents that can still enter out of the window's sums, which are 0 again then.</summary>
    void Collect(int start, int count, double rest, HashSet<int>? excluded)
    {
        candidates.Clear();
        var least = Math.Max(0, top.Threshold - rest * Above);
        var vectors = MemoryMarshal.Cast<double, Vector<double>>(sums.AsSpan());
        for (var v = 0; v < (count + Vector<double>.Count - 1) / Vector<double>.Count; v++)
        {
            if (!Vector.GreaterThanAny(vectors[v], new Vector<double>(least)))
                continue;
            for (var i = v * Vector<double>.Count; i < (v + 1) * Vector<double>.Count; i++)
                if (sums[i] > least && excluded?.Contains(start + i) != true)
                {
                    if (rest > 0)
                    {
                        candidates.Add((start + i, sums[i]));
                        continue;
                    }
                    top.Offer((float)sums[i], start + i);
                }
        }
        sums.AsSpan(0, count).Clear();
    }

    /// <summary>Adds a term's score to the candidates and keeps those that can still enter.</summary>
    /// <param name="rest">The sum of the bounds of the terms that are still to come.</param>
    void LookUp(QueryCursor cursor, double rest)
    {
        var kept = 0;
        foreach (var (document, sum) in CollectionsMarshal.AsSpan(candidates))
        {
            if (top.IsBelow((sum + cursor.BoundAt(document) + rest) * Above))
                continue;
            var higher = sum + cursor.ScoreOf(document);
            if (!top.IsBelow((higher + rest) * Above))
                candidates[kept++] = (document, higher);
        }
        candidates.RemoveRange(kept, candidates.Count - kept);
    }
}
