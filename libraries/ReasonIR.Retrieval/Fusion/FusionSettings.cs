namespace ReasonIR.Retrieval.Fusion;

/// <summary>A method of fusion with its parameters.</summary>
/// <param name="Method">The formula.</param>
/// <param name="K">The constant of the reciprocal-rank methods; others ignore it.</param>
/// <param name="Weights">A weight for each ranking, in their order; null: equal weights that sum to 1.</param>
public sealed record FusionSettings(FusionMethod Method, double K = 60, IReadOnlyList<double>? Weights = null)
{
    static readonly (string Name, FusionMethod Method)[] Names =
    [
        ("rrf", FusionMethod.ReciprocalRank),
        ("rrf_weighted", FusionMethod.WeightedReciprocalRank),
        ("minmax_sum", FusionMethod.MinMaxSum),
        ("minmax_weighted", FusionMethod.MinMaxWeighted),
        ("zscore_sum", FusionMethod.ZScoreSum),
    ];

    /// <summary>The default hybrid: min-max with equal weights.</summary>
    public static FusionSettings Default { get; } = new(FusionMethod.MinMaxWeighted);

    /// <summary>The method's name in specs and files.</summary>
    public string Name => Array.Find(Names, n => n.Method == Method).Name;

    /// <summary>Reads a method's name.</summary>
    /// <exception cref="FormatException">No such method; the message lists those there are.</exception>
    public static FusionMethod ParseMethod(string name)
    {
        foreach (var (known, method) in Names)
            if (known == name)
                return method;
        throw new FormatException($"unknown fusion \"{name}\"; known: {string.Join(", ", Names.Select(n => n.Name))}");
    }

    /// <summary>The weight of each of n rankings.</summary>
    /// <exception cref="ArgumentException">Another number of weights than rankings, or one that is not finite.</exception>
    internal double[] WeightsFor(int rankings)
    {
        if (!(K >= 0) || !double.IsFinite(K))
            throw new ArgumentException($"k = {K}: expected a number of at least 0");
        if (Weights is not null && (Weights.Count != rankings || Weights.Any(weight => !double.IsFinite(weight))))
            throw new ArgumentException($"expected {rankings} finite weights, one a ranking, found [{string.Join(", ", Weights)}]");
        var weights = new double[rankings];
        if (Method is not (FusionMethod.WeightedReciprocalRank or FusionMethod.MinMaxWeighted))
            Array.Fill(weights, 1);
        else if (Weights is null)
            Array.Fill(weights, 1.0 / rankings);
        else
            weights = [.. Weights];
        return weights;
    }
}
