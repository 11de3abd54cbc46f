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

    /// <summary>More than what rounding makes of a sum of bounds.</summary>
    const double Above = 1 + 1e-9;

    readonly double[] sums = new double[Window];
    readonly List<QueryCursor> cursors = [];
    readonly List<(int Document, double Sum)> candidates = [];
    readonly TopDocuments top = new();
    float[] bounds = [];
    int[] order = [];
    bool[] optional = [];

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
            var rest = 0.0;
            var spared = Pruned && top.Threshold > 0 ? Spare(count, start, end, out rest) : 0;
            if (spared == count && count > 0)
                continue;
            var window = sums.AsSpan(0, end - start);
            for (var i = 0; i < count; i++)
                if (spared == 0 || !optional[i])
                    cursors[i].AddTo(window, start, end);
            Collect(start, end - start, rest, excluded);
            for (var i = spared - 1; i >= 0 && candidates.Count > 0; i--)
            {
                rest = Math.Max(0, rest - bounds[i]);
                LookUp(cursors[order[i]], rest);
            }
            foreach (var (document, sum) in candidates)
                top.Offer((float)sum, document);
        }
        return top.Take();
    }

    void Open(Bm25File file, QueryTerms terms, IScorer scorer)
    {
        while (cursors.Count < terms.Known.Count)
            cursors.Add(new());
        if (order.Length < cursors.Count)
            (bounds, order, optional) = (new float[cursors.Count], new int[cursors.Count], new bool[cursors.Count]);
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

    /// <summary>
    /// Sorts the terms by their bounds in the window, the lowest first, and returns how many of the first cannot together lift a document
    /// above the worst kept one; the sum of their bounds is <paramref name="rest"/>.
    /// </summary>
    int Spare(int count, int start, int end, out double rest)
    {
        for (var i = 0; i < count; i++)
            (bounds[i], order[i], optional[i]) = (cursors[i].Bound(start, end), i, false);
        Array.Sort(bounds, order, 0, count);
        rest = 0;
        for (var spared = 0; spared < count; spared++)
        {
            if (!top.IsBelow((rest + bounds[spared]) * Above))
                return spared;
            rest += bounds[spared];
            optional[order[spared]] = true;
        }
        return count;
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
                    least = Math.Max(0, top.Threshold);
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
            var higher = sum + cursor.ScoreOf(document);
            if (!top.IsBelow((higher + rest) * Above))
                candidates[kept++] = (document, higher);
        }
        candidates.RemoveRange(kept, candidates.Count - kept);
    }
}
