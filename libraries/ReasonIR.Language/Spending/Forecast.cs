namespace ReasonIR.Language.Spending;

/// <summary>What one item took when it was tried: measured on the first k items of a run before the other n are begun.</summary>
/// <param name="Calls">Requests, repairs and repeated attempts included; those answered from the cache count as if they had been paid for.</param>
/// <param name="Seconds">From the item's start to its end, alone.</param>
public sealed record ItemCost(int Calls, long InputTokens, long OutputTokens, decimal Cost, double Seconds)
{
    /// <param name="budget">One that was opened for this item alone.</param>
    public static ItemCost Of(RunBudget budget, TimeSpan took)
    {
        var (paid, saved) = (budget.Spent, budget.Saved);
        return new ItemCost(paid.Calls + saved.Calls, paid.InputTokens + saved.InputTokens, paid.OutputTokens + saved.OutputTokens, paid.Cost + saved.Cost, took.TotalSeconds);
    }
}

/// <summary>An expected total and the range that holds it in nineteen of twenty cases.</summary>
public sealed record Expected(double Value, double Low, double High);

/// <summary>
/// What a run of n items will take, from k measured ones: n times their mean. The range is Student's t prediction interval for the sum of
/// n further items, t(k - 1) * s * sqrt(n + n² / k), never below 0; it needs at least two measured items, and says nothing where the
/// measured ones are not like the others.
/// </summary>
/// <param name="Measured">k.</param>
/// <param name="Items">n.</param>
/// <param name="Seconds">With <paramref name="InFlight"/> items at a time, where the endpoint keeps its pace.</param>
public sealed record Forecast(int Measured, int Items, int InFlight, Expected Calls, Expected InputTokens, Expected OutputTokens, Expected Cost, Expected Seconds)
{
    /// <param name="items">All items of the run, the measured ones not counted off.</param>
    /// <param name="inFlight">Items worked on at a time.</param>
    /// <exception cref="ArgumentException">Fewer than two were measured.</exception>
    public static Forecast From(IReadOnlyList<ItemCost> measured, int items, int inFlight)
    {
        if (measured.Count < 2)
            throw new ArgumentException($"A forecast needs at least 2 measured items, found {measured.Count}.", nameof(measured));
        ArgumentOutOfRangeException.ThrowIfNegative(items);
        ArgumentOutOfRangeException.ThrowIfLessThan(inFlight, 1);
        var lanes = Math.Clamp(items, 1, inFlight);
        var seconds = Sum(measured, item => item.Seconds, items);
        return new Forecast(
            measured.Count, items, inFlight, Sum(measured, item => item.Calls, items), Sum(measured, item => item.InputTokens, items), Sum(measured, item => item.OutputTokens, items),
            Sum(measured, item => (double)item.Cost, items), new Expected(seconds.Value / lanes, seconds.Low / lanes, seconds.High / lanes));
    }

    static Expected Sum(IReadOnlyList<ItemCost> measured, Func<ItemCost, double> of, int items)
    {
        var k = measured.Count;
        var mean = measured.Average(of);
        var deviation = Math.Sqrt(measured.Sum(item => Math.Pow(of(item) - mean, 2)) / (k - 1));
        var spread = StudentT(k - 1) * deviation * Math.Sqrt(items + (double)items * items / k);
        return new Expected(items * mean, Math.Max(0, items * mean - spread), items * mean + spread);
    }

    /// <summary>The two-sided 95 % quantile: exact to 10 degrees of freedom, above by Cornish and Fisher's expansion (error below 0.001).</summary>
    internal static double StudentT(int freedom)
    {
        ReadOnlySpan<double> exact = [12.7062, 4.3027, 3.1824, 2.7764, 2.5706, 2.4469, 2.3646, 2.3060, 2.2622, 2.2281];
        if (freedom <= exact.Length)
            return exact[freedom - 1];
        const double z = 1.959964;
        double z3 = z * z * z, z5 = z3 * z * z, z7 = z5 * z * z, n = freedom;
        return z + (z3 + z) / (4 * n) + (5 * z5 + 16 * z3 + 3 * z) / (96 * n * n) + (3 * z7 + 19 * z5 + 17 * z3 - 15 * z) / (384 * n * n * n);
    }
}
