using System.Collections.Frozen;

namespace ReasonIR.Retrieval.Runs;

/// <summary>
/// Documents that must not stand in a query's ranking (BRIGHT's <c>excluded_ids</c>: the post a question came from, the
/// problem itself). They are removed <em>before</em> the ranking is cut; cutting first moved a published score from 24.4
/// to 20.5.
/// </summary>
public sealed class Exclusions
{
    readonly Dictionary<string, FrozenSet<string>> _excluded = new(StringComparer.Ordinal);

    /// <summary>The number of queries that exclude something.</summary>
    public int Count => _excluded.Count;

    /// <summary>The documents a query excludes, or null where there are none.</summary>
    public IReadOnlySet<string>? this[string query] => _excluded.GetValueOrDefault(query);

    /// <summary>Sets what a query excludes.</summary>
    public void Add(string query, IEnumerable<string> documents)
    {
        var set = documents.ToFrozenSet(StringComparer.Ordinal);
        if (set.Count > 0 && !_excluded.TryAdd(query, set))
            throw new ArgumentException($"query {query}: exclusions given twice");
    }
}
