using ReasonIR.Contracts.Datasets;

namespace ReasonIR.Portal.Datasets.Reports;

/// <summary>Lengths of the texts of one kind, in words. Holds four bytes a text.</summary>
sealed class TextLengths(string of)
{
    readonly List<int> lengths = [];
    readonly Bins bins = Bins.OfLengths();

    public void Add(int words)
    {
        lengths.Add(words);
        bins.Add(words);
    }

    /// <summary>Null where there are no texts.</summary>
    public LengthFacts? Read()
    {
        if (lengths.Count == 0)
            return null;
        lengths.Sort();
        return new(of, lengths.Count, lengths[0], lengths.Average(), At(0.5), At(0.95), lengths[^1], bins.Read());
    }

    // The nearest rank: a length that a text has.
    int At(double share) => lengths[Math.Max(0, (int)Math.Ceiling(share * lengths.Count) - 1)];
}
