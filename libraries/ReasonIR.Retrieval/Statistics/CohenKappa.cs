namespace ReasonIR.Retrieval.Statistics;

/// <summary>
/// Cohen's kappa: how much more often two raters agree than they would by chance, each rating with the frequencies that they have
/// (Cohen 1960).
/// </summary>
/// <param name="Items">Items that both rated.</param>
/// <param name="Observed">Share of them on which they agree; 0 where there are none.</param>
/// <param name="Expected">Share on which they would by chance.</param>
/// <param name="Kappa">1: always, 0: as by chance, below 0: less. Null where it is not defined: no items, or both only ever gave one and the same category.</param>
public sealed record CohenKappa(int Items, double Observed, double Expected, double? Kappa)
{
    /// <summary>Compares categories that have no order.</summary>
    /// <param name="a">A category for each item.</param>
    /// <param name="b">The other rater's for the same items, in the same order.</param>
    public static CohenKappa Of<T>(IReadOnlyList<T> a, IReadOnlyList<T> b) where T : notnull
    {
        Require(a.Count, b.Count);
        var (countsA, countsB) = (a.CountBy(category => category).ToDictionary(), b.CountBy(category => category).ToDictionary());
        var agreed = 0;
        for (var i = 0; i < a.Count; i++)
            if (EqualityComparer<T>.Default.Equals(a[i], b[i]))
                agreed++;
        var together = countsA.Sum(count => (double)count.Value * countsB.GetValueOrDefault(count.Key));
        return Of(a.Count, agreed, together);
    }

    /// <summary>Compares grades on a scale by quadratic weights (Cohen 1968): agreement of a pair is 1 − (difference / widest difference)².</summary>
    /// <param name="a">A grade for each item, at most a million apart.</param>
    /// <param name="b">The other rater's.</param>
    public static CohenKappa Quadratic(IReadOnlyList<int> a, IReadOnlyList<int> b)
    {
        Require(a.Count, b.Count);
        if (a.Count == 0)
            return Of(0, 0, 0);
        var span = Math.Max((double)a.Max(), b.Max()) - Math.Min((double)a.Min(), b.Min());
        if (span > 1e6)
            throw new ArgumentException($"expected grades at most a million apart, found {span:0}");
        if (span == 0)
            return Of(a.Count, a.Count, (double)a.Count * a.Count);
        double observed = 0, together = 0;
        for (var i = 0; i < a.Count; i++)
            observed += Weight(a[i], b[i], span);
        // By grades, not by pairs: there are few of them.
        foreach (var (grade, count) in a.CountBy(grade => grade))
            foreach (var (other, otherCount) in b.CountBy(grade => grade))
                together += Weight(grade, other, span) * count * otherCount;
        return Of(a.Count, observed, together);
    }

    static double Weight(int a, int b, double span) => 1 - ((double)a - b) / span * (((double)a - b) / span);

    static CohenKappa Of(int items, double agreed, double together)
    {
        if (items == 0)
            return new(0, 0, 0, null);
        var (observed, expected) = (agreed / items, together / ((double)items * items));
        return new(items, observed, expected, expected >= 1 ? null : (observed - expected) / (1 - expected));
    }

    static void Require(int a, int b)
    {
        if (a != b)
            throw new ArgumentException($"expected the same items, found {a} and {b} ratings");
    }
}
