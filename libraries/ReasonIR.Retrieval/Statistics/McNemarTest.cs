namespace ReasonIR.Retrieval.Statistics;

/// <summary>McNemar's test of two systems that answered the same questions, exact and two-sided (binomial over the questions they disagree on).</summary>
/// <param name="OnlyA">Questions that only a answered rightly.</param>
/// <param name="OnlyB">Questions that only b answered rightly.</param>
/// <param name="P">1 where they never disagree.</param>
public sealed record McNemarTest(int OnlyA, int OnlyB, double P)
{
    /// <summary>Tests right and wrong answers, in the same order of questions.</summary>
    public static McNemarTest Compare(IReadOnlyList<bool> a, IReadOnlyList<bool> b)
    {
        if (a.Count != b.Count)
            throw new ArgumentException($"expected the same questions, found {a.Count} and {b.Count} answers");
        var (onlyA, onlyB) = (0, 0);
        for (var i = 0; i < a.Count; i++)
            if (a[i] != b[i])
                _ = a[i] ? onlyA++ : onlyB++;
        var (all, fewer) = (onlyA + onlyB, Math.Min(onlyA, onlyB));
        // P(X ≤ k) of a fair coin is I_½(n − k, k + 1); where both sides are alike it exceeds one half.
        return new(onlyA, onlyB, all == 0 ? 1 : Math.Min(1, 2 * Beta.Regularized(all - fewer, fewer + 1, 0.5)));
    }
}
