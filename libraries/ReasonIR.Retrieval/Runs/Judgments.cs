using System.Collections;
using System.Collections.ObjectModel;

namespace ReasonIR.Retrieval.Runs;

/// <summary>
/// Relevance judgments (qrels): query → document → grade. Grade 1 and above is relevant, 0 is judged and not relevant,
/// below 0 counts as not judged for bpref and as not relevant elsewhere. Enumerates in the queries' order of arrival.
/// Not safe to change while it is read.
/// </summary>
public sealed class Judgments : IReadOnlyCollection<KeyValuePair<string, IReadOnlyDictionary<string, int>>>
{
    readonly Dictionary<string, Dictionary<string, int>> _grades = new(StringComparer.Ordinal);

    /// <summary>The number of queries.</summary>
    public int Count => _grades.Count;

    /// <summary>The queries in the order they came.</summary>
    public IEnumerable<string> Queries => _grades.Keys;

    /// <summary>The grades of a query; none where the query has no judgment.</summary>
    public IReadOnlyDictionary<string, int> this[string query] =>
        _grades.TryGetValue(query, out var grades) ? grades : ReadOnlyDictionary<string, int>.Empty;

    /// <summary>Whether the query has judgments.</summary>
    public bool Contains(string query) => _grades.ContainsKey(query);

    /// <summary>Adds a judgment; false where the document is already judged for the query (nothing is changed then).</summary>
    public bool TryAdd(string query, string document, int grade)
    {
        if (!_grades.TryGetValue(query, out var grades))
            _grades.Add(query, grades = new(StringComparer.Ordinal));
        return grades.TryAdd(document, grade);
    }

    /// <summary>Adds a judgment.</summary>
    /// <exception cref="ArgumentException">The document is already judged for the query.</exception>
    public void Add(string query, string document, int grade)
    {
        if (!TryAdd(query, document, grade))
            throw new ArgumentException($"query {query}: document {document} is judged twice");
    }

    public IEnumerator<KeyValuePair<string, IReadOnlyDictionary<string, int>>> GetEnumerator() =>
        _grades.Select(pair => KeyValuePair.Create<string, IReadOnlyDictionary<string, int>>(pair.Key, pair.Value)).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
