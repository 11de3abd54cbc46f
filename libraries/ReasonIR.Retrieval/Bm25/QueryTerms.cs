using ReasonIR.Retrieval.Analysis;

namespace ReasonIR.Retrieval.Bm25;

/// <summary>The terms of a query that the collection knows, each once with its number of occurrences, in the order of the query.</summary>
struct QueryTerms(Bm25File file) : ITokenSink
{
    readonly Dictionary<int, int> places = [];

    public List<(int Term, double Occurrences)> Known { get; } = [];

    /// <summary>The query's tokens that the collection knows, repeated ones too.</summary>
    public double KnownTokens;

    public void Add(scoped ReadOnlySpan<char> term, int start, int length) => Add(term, 1);

    /// <summary>Adds a term with a weight.</summary>
    public void Add(scoped ReadOnlySpan<char> term, double occurrences)
    {
        var number = file.Term(term);
        if (number < 0)
            return;
        KnownTokens += occurrences;
        if (places.TryGetValue(number, out var place))
        {
            Known[place] = (number, Known[place].Occurrences + occurrences);
            return;
        }
        places.Add(number, Known.Count);
        Known.Add((number, occurrences));
    }
}
