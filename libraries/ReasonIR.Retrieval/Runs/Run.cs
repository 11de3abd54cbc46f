using System.Collections;
using ReasonIR.Retrieval.Ranking;

namespace ReasonIR.Retrieval.Runs;

/// <summary>
/// A system's rankings: query → scored documents, in any order (the scores say which). Enumerates in the queries' order
/// of arrival. Not safe to change while it is read.
/// </summary>
/// <param name="name">The run's name, the last column of a TREC run.</param>
public sealed class Run(string name) : IReadOnlyCollection<KeyValuePair<string, IReadOnlyList<ScoredDocument>>>
{
    readonly Dictionary<string, List<ScoredDocument>> _rankings = new(StringComparer.Ordinal);

    public string Name { get; } = name;

    /// <summary>The number of queries.</summary>
    public int Count => _rankings.Count;

    /// <summary>The queries in the order they came.</summary>
    public IEnumerable<string> Queries => _rankings.Keys;

    /// <summary>The documents of a query; none where the run lacks it.</summary>
    public IReadOnlyList<ScoredDocument> this[string query] => _rankings.TryGetValue(query, out var ranking) ? ranking : [];

    /// <summary>Whether the run has the query, be it with an empty ranking.</summary>
    public bool Contains(string query) => _rankings.ContainsKey(query);

    /// <summary>Adds a document to a query's ranking.</summary>
    public void Add(string query, string document, double score) => Ranking(query).Add(new(document, score));

    /// <summary>Adds a query with its ranking, which may be empty.</summary>
    public void Add(string query, IEnumerable<ScoredDocument> documents) => Ranking(query).AddRange(documents);

    public IEnumerator<KeyValuePair<string, IReadOnlyList<ScoredDocument>>> GetEnumerator() =>
        _rankings.Select(pair => KeyValuePair.Create<string, IReadOnlyList<ScoredDocument>>(pair.Key, pair.Value)).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    List<ScoredDocument> Ranking(string query)
    {
        if (!_rankings.TryGetValue(query, out var ranking))
            _rankings.Add(query, ranking = []);
        return ranking;
    }
}
