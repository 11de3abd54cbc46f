namespace ReasonIR.Training.Data;

/// <summary>How the sources of a mixture are drawn from, and put into batches.</summary>
/// <param name="BatchSize">Queries a batch.</param>
/// <param name="SingleSource">Each batch is of one source.</param>
/// <param name="Weights">The sources' shares, relative to each other; null: each example once an epoch, unless <paramref name="Temperature"/> is given.</param>
/// <param name="Temperature">Shares proportional to count^(1/T); 1 is proportional to the counts, larger evens them out. Null: as <paramref name="Weights"/> says.</param>
/// <param name="SmallestBatch">A smaller one at an epoch's end is left out.</param>
/// <param name="Seed">Order and draws.</param>
public sealed record MixtureSettings(
    int BatchSize, bool SingleSource = false, IReadOnlyList<double>? Weights = null, double? Temperature = null, int SmallestBatch = 1, int Seed = 0)
{
    /// <summary>
    /// Examples that each source gives an epoch. An epoch is as many examples as there are; a source with more than its share of them is
    /// gone through over several epochs, one with fewer several times in one.
    /// </summary>
    /// <param name="counts">Examples of each source.</param>
    public int[] PerEpoch(IReadOnlyList<int> counts)
    {
        if (Weights is null && Temperature is null)
            return [.. counts];
        var total = counts.Sum(count => (long)count);
        var weights = Temperature is { } temperature ? [.. counts.Select(count => Math.Pow(count, 1 / temperature))] : Weights!;
        var sum = weights.Sum();
        var exact = weights.Select(weight => weight / sum * total).ToList();
        var parts = exact.Select(part => (int)Math.Min(part, int.MaxValue)).ToArray();
        // The largest remainders make up the total; no source is left out altogether.
        foreach (var place in exact.Select((part, place) => (part: part - Math.Floor(part), place)).OrderByDescending(pair => pair.part).ThenBy(pair => pair.place).Take((int)(total - parts.Sum(part => (long)part))).Select(pair => pair.place))
            parts[place]++;
        return [.. parts.Select(part => Math.Max(1, part))];
    }

    /// <summary>Batches of an epoch.</summary>
    public int Steps(IReadOnlyList<int> perEpoch) => SingleSource ? perEpoch.Sum(Batches) : Batches(perEpoch.Sum());

    internal int Batches(int examples) => examples / BatchSize + (examples % BatchSize >= SmallestBatch && examples % BatchSize > 0 ? 1 : 0);
}
