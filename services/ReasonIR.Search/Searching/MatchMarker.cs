using ReasonIR.Contracts.Search;
using ReasonIR.Retrieval.Analysis;

namespace ReasonIR.Search.Searching;

/// <summary>Finds a query's terms in a text as BM25 sees them, by the corpus's analyzer.</summary>
public sealed class MatchMarker
{
    readonly IAnalyzer analyzer;
    readonly HashSet<string> terms;

    /// <param name="query">The query.</param>
    /// <param name="analyzer">The corpus's.</param>
    public MatchMarker(string query, IAnalyzer analyzer)
    {
        this.analyzer = analyzer;
        terms = analyzer.Analyze(query).ToHashSet(StringComparer.Ordinal);
        Terms = [.. terms.Order(StringComparer.Ordinal)];
    }

    /// <summary>The query's terms.</summary>
    public IReadOnlyList<string> Terms { get; }

    /// <summary>Where the terms stand in the text, in UTF-16 units.</summary>
    public IReadOnlyList<TextMatch> Mark(string text) =>
        [.. analyzer.AnalyzeWithOffsets(text).Where(token => terms.Contains(token.Term)).Select(token => new TextMatch(token.Start, token.Length))];
}
