namespace ReasonIR.Retrieval.Statistics;

/// <summary>Brings the values of two systems into the same order of queries.</summary>
public static class Paired
{
    /// <summary>The values of both, a place a query, in ordinal order of the queries (so that seeded tests repeat).</summary>
    /// <exception cref="ArgumentException">A query that only one of them has.</exception>
    public static (double[] A, double[] B) Align(IReadOnlyDictionary<string, double> a, IReadOnlyDictionary<string, double> b)
    {
        if (a.Keys.FirstOrDefault(query => !b.ContainsKey(query)) is { } onlyA)
            throw new ArgumentException($"query {onlyA} has a value of the first system only");
        if (b.Keys.FirstOrDefault(query => !a.ContainsKey(query)) is { } onlyB)
            throw new ArgumentException($"query {onlyB} has a value of the second system only");
        string[] queries = [.. a.Keys.Order(StringComparer.Ordinal)];
        return (Array.ConvertAll(queries, query => a[query]), Array.ConvertAll(queries, query => b[query]));
    }
}
