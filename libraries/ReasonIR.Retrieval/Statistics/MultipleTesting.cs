namespace ReasonIR.Retrieval.Statistics;

/// <summary>
/// P-values adjusted for several tests at once, in the order they were given: reject what is at or below the level.
/// Bonferroni and Holm bound the chance of any false rejection, the other two the expected share of false ones.
/// </summary>
public static class MultipleTesting
{
    /// <summary>p · m.</summary>
    public static double[] Bonferroni(ReadOnlySpan<double> p)
    {
        var m = Check(p).Length;
        return Array.ConvertAll(p.ToArray(), value => Math.Min(1, value * m));
    }

    /// <summary>Holm's step-down procedure (1979): never weaker than Bonferroni's.</summary>
    public static double[] Holm(ReadOnlySpan<double> p)
    {
        var order = Check(p);
        var adjusted = new double[p.Length];
        var largest = 0.0;
        for (var i = 0; i < order.Length; i++)
            adjusted[order[i]] = largest = Math.Max(largest, Math.Min(1, p[order[i]] * (order.Length - i)));
        return adjusted;
    }

    /// <summary>Benjamini and Hochberg (1995), for independent or positively dependent tests.</summary>
    public static double[] BenjaminiHochberg(ReadOnlySpan<double> p) => StepUp(p, 1);

    /// <summary>Benjamini and Yekutieli (2001), for any dependence.</summary>
    public static double[] BenjaminiYekutieli(ReadOnlySpan<double> p)
    {
        var harmonic = 0.0;
        for (var i = 1; i <= p.Length; i++)
            harmonic += 1.0 / i;
        return StepUp(p, harmonic);
    }

    static double[] StepUp(ReadOnlySpan<double> p, double factor)
    {
        var order = Check(p);
        var adjusted = new double[p.Length];
        var smallest = 1.0;
        for (var i = order.Length - 1; i >= 0; i--)
            adjusted[order[i]] = smallest = Math.Min(smallest, p[order[i]] * factor * order.Length / (i + 1));
        return adjusted;
    }

    /// <summary>The places of the p-values, ascending.</summary>
    static int[] Check(ReadOnlySpan<double> p)
    {
        var places = new int[p.Length];
        for (var i = 0; i < p.Length; i++)
            places[i] = p[i] is >= 0 and <= 1
                ? i
                : throw new ArgumentException($"p[{i}] = {p[i]}: expected a probability");
        Array.Sort(p.ToArray(), places);
        return places;
    }
}
