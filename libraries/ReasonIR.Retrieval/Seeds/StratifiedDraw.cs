namespace ReasonIR.Retrieval.Seeds;

/// <summary>Draws with as equal a share of each stratum as there is: small strata are taken whole, the others share what is left.</summary>
public static class StratifiedDraw
{
    /// <summary>The places that are drawn, ascending: in each stratum the first ones.</summary>
    /// <param name="strata">The stratum of each place; places are in the order in which they are drawn.</param>
    public static IReadOnlyList<int> Choose(IReadOnlyList<string> strata, int count)
    {
        if (count >= strata.Count)
            return [.. Enumerable.Range(0, strata.Count)];
        var quota = new Dictionary<string, int>(StringComparer.Ordinal);
        var (left, groups) = (count, strata.CountBy(stratum => stratum).OrderBy(pair => pair.Value).ThenBy(pair => pair.Key, StringComparer.Ordinal).ToList());
        foreach (var (place, (stratum, size)) in groups.Index())
        {
            // The last ones get what does not divide evenly.
            quota[stratum] = Math.Min(size, left / (groups.Count - place));
            left -= quota[stratum];
        }
        var chosen = new List<int>(count);
        foreach (var (place, stratum) in strata.Index())
            if (quota[stratum]-- > 0)
                chosen.Add(place);
        return chosen;
    }

    /// <summary>Strata of equal numbers of documents by a number of each, named by their bounds.</summary>
    public static IReadOnlyList<string> ByNumber(IReadOnlyList<int> numbers, int strata)
    {
        var order = numbers.Order().ToArray();
        int[] bounds = [.. Enumerable.Range(1, strata - 1).Select(part => order[(int)((long)part * order.Length / strata)]).Distinct()];
        return [.. numbers.Select(number =>
        {
            var part = bounds.Count(bound => bound <= number);
            return $"{(part == 0 ? order[0] : bounds[part - 1])} to {(part == bounds.Length ? order[^1] : bounds[part] - 1)}";
        })];
    }
}
