using System.Globalization;
using ReasonIR.Contracts.Datasets;

namespace ReasonIR.Portal.Datasets.Reports;

/// <summary>A histogram of whole numbers over bins with fixed bounds.</summary>
/// <param name="bounds">Where bins begin, ascending, the first at the least number there can be.</param>
public sealed class Bins(params int[] bounds)
{
    readonly long[] counts = new long[bounds.Length];

    /// <summary>Bins of lengths in words.</summary>
    public static Bins OfLengths() => new(0, 10, 20, 50, 100, 200, 300, 500, 1000, 2000);

    /// <summary>Bins of ranks, which begin at 1.</summary>
    public static Bins OfRanks() => new(1, 2, 4, 11, 101, 1001);

    /// <summary>Bins of how many there are of something.</summary>
    public static Bins OfCounts() => new(0, 1, 2, 3, 4, 5, 6, 11, 101);

    /// <summary>How many numbers.</summary>
    public long Total => counts.Sum();

    /// <summary>Counts a number.</summary>
    public void Add(int number)
    {
        var bin = Array.BinarySearch(bounds, number);
        counts[Math.Max(0, bin >= 0 ? bin : ~bin - 1)]++;
    }

    /// <summary>The bins from the first to the last that has any.</summary>
    public IReadOnlyList<NamedCount> Read()
    {
        var (first, last) = (Array.FindIndex(counts, count => count > 0), Array.FindLastIndex(counts, count => count > 0));
        return first < 0 ? [] : [.. Enumerable.Range(first, last - first + 1).Select(i => new NamedCount(Name(i), counts[i]))];
    }

    string Name(int bin)
    {
        var from = Number(bounds[bin]);
        if (bin == bounds.Length - 1)
            return $"{from}+";
        return bounds[bin + 1] == bounds[bin] + 1 ? from : $"{from}–{Number(bounds[bin + 1] - 1)}";
    }

    static string Number(int value) => value.ToString("N0", CultureInfo.InvariantCulture);
}
