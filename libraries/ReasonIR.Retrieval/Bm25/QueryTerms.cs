using ReasonIR.Retrieval.Analysis;

namespace ReasonIR.Retrieval.Bm25;

/// <summary>The terms of a query that the collection knows, each once with its number of occurrences, in the order of the query.</summary>
struct QueryTerms(Bm25File file) : ITokenSink
{
    readonly Dictionary<int, int> places = [];

    public List<(int Term, int Occurrences)> Known { get; } = [];

    /// <summary>The query's tokens that the collection knows, repeated ones too.</summary>
    public int KnownTokens;

    public void Add(scoped ReadOnlySpan<char> term, int start, int length)
    {
        var number = file.Term(term);
        if (number < 0)
            return;
        KnownTokens++;
        if (places.TryGetValue(number, out var place))
        {
            Known[place] = (number, Known[place].Occurrences + 1);
            return;
        }
        places.Add(number, Known.Count);
        Known.Add((number, 1));
    }
}
