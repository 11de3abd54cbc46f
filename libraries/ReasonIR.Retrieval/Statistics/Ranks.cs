namespace ReasonIR.Retrieval.Statistics;

/// <summary>Ranks from 1, ascending; equal values share the mean of their ranks.</summary>
static class Ranks
{
    /// <summary>The rank of each value, and the sizes of the groups of equal values (1 for a value alone).</summary>
    public static (double[] Ranks, List<int> Groups) Of(ReadOnlySpan<double> values)
    {
        var sorted = values.ToArray();
        var places = new int[sorted.Length];
        for (var i = 0; i < places.Length; i++)
            places[i] = i;
        Array.Sort(sorted, places);
        var ranks = new double[sorted.Length];
        var groups = new List<int>();
        for (var start = 0; start < sorted.Length;)
        {
            var end = start + 1;
            while (end < sorted.Length && sorted[end] == sorted[start])
                end++;
            for (var i = start; i < end; i++)
                ranks[places[i]] = (start + 1 + end) / 2.0;
            groups.Add(end - start);
            start = end;
        }
        return (ranks, groups);
    }
}
