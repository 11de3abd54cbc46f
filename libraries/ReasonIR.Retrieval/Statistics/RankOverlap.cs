namespace ReasonIR.Retrieval.Statistics;

/// <summary>
/// How alike two rankings are. Rank-biased overlap weighs depth d by p^(d−1): W. Webber, A. Moffat, J. Zobel, A similarity
/// measure for indefinite rankings, TOIS 28(4), 2010. A document must not stand twice in a ranking.
/// </summary>
public static class RankOverlap
{
    /// <summary>RBO extrapolated to infinite depth (eq. 32, for lists of unequal length too); 0 where one is empty.</summary>
    public static double Extrapolated(IReadOnlyList<string> a, IReadOnlyList<string> b, double p = 0.9)
    {
        var overlaps = Overlaps(a, b, p);
        var (s, l) = (Math.Min(a.Count, b.Count), Math.Max(a.Count, b.Count));
        if (s == 0)
            return 0;
        double atShort = overlaps[s], atLong = overlaps[l], sum = 0, weight = 1;
        for (var d = 1; d <= l; d++)
        {
            weight *= p;
            sum += weight * (overlaps[d] / (double)d + (d > s ? atShort * (d - s) / (s * (double)d) : 0));
        }
        return (1 - p) / p * sum + ((atLong - atShort) / l + atShort / s) * weight;
    }

    /// <summary>The least that RBO can be whatever follows the lists (eq. 11, to the shorter one's depth).</summary>
    public static double Minimum(IReadOnlyList<string> a, IReadOnlyList<string> b, double p = 0.9)
    {
        var overlaps = Overlaps(a, b, p);
        var k = Math.Min(a.Count, b.Count);
        double atEnd = overlaps[k], sum = 0, weight = 1;
        for (var d = 1; d <= k; d++)
        {
            weight *= p;
            sum += weight * (overlaps[d] - atEnd) / d;
        }
        return (1 - p) / p * (sum - atEnd * Math.Log(1 - p));
    }

    /// <summary>The share of common documents in the first k of both, over k.</summary>
    public static double AtK(IReadOnlyList<string> a, IReadOnlyList<string> b, int k)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(k, 1);
        return a.Take(k).Intersect(b.Take(k), StringComparer.Ordinal).Count() / (double)k;
    }

    /// <summary>Common documents over all documents; 0 where both are empty.</summary>
    public static double Jaccard(IReadOnlyList<string> a, IReadOnlyList<string> b)
    {
        var all = a.Union(b, StringComparer.Ordinal).Count();
        return all == 0 ? 0 : a.Intersect(b, StringComparer.Ordinal).Count() / (double)all;
    }

    /// <summary>Common documents in the first d of both, for d from 0 to the longer list's length.</summary>
    static int[] Overlaps(IReadOnlyList<string> a, IReadOnlyList<string> b, double p)
    {
        if (!(p > 0 && p < 1))
            throw new ArgumentOutOfRangeException(nameof(p), p, "expected a number between 0 and 1");
        var overlaps = new int[Math.Max(a.Count, b.Count) + 1];
        var (seenA, seenB) = (new HashSet<string>(StringComparer.Ordinal), new HashSet<string>(StringComparer.Ordinal));
        for (var d = 1; d < overlaps.Length; d++)
        {
            overlaps[d] = overlaps[d - 1];
            if (d <= a.Count)
                overlaps[d] += Add(seenA, a[d - 1]) && seenB.Contains(a[d - 1]) ? 1 : 0;
            if (d <= b.Count)
                overlaps[d] += Add(seenB, b[d - 1]) && seenA.Contains(b[d - 1]) ? 1 : 0;
        }
        return overlaps;

        static bool Add(HashSet<string> seen, string document) =>
            seen.Add(document) ? true : throw new ArgumentException($"document {document} stands twice in a ranking");
    }
}
