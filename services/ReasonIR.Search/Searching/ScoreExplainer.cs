using ReasonIR.Contracts.Search;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Retrieval.Analysis;
using ReasonIR.Retrieval.Bm25;
using ReasonIR.Search.Indexing;

namespace ReasonIR.Search.Searching;

/// <summary>Says of BM25's scores which term added what, and which analyzer a corpus is searched with.</summary>
public sealed class ScoreExplainer(IndexCatalog catalog, Rm3Ranking rm3)
{
    /// <summary>The analyzer of the corpus's BM25 index; without one Lucene's for English.</summary>
    public async Task<IAnalyzer> AnalyzerAsync(Corpus corpus, CancellationToken ct) =>
        await catalog.FindAsync(corpus, "bm25", null, ct) is { } entry && IndexParameters.Of(entry).Analyzer is { } name
            ? Analyzers.ByName(name) : LuceneEnglishAnalyzer.Instance;

    /// <summary>Explains the BM25 scores of documents by id, of a document that was cut that of its best passage; null for systems in which BM25 has no score of its own.</summary>
    public async Task<Func<string, ScoreExplanation?>> OfAsync(Corpus corpus, SystemSpec system, RankedText asked, CancellationToken ct)
    {
        if (system.Kind is not ("bm25" or "hybrid"))
            return _ => null;
        var (index, passages) = await catalog.Bm25Async(corpus, ct);
        // Which passage an expanded query finds best is not looked up again.
        if (system.Bm25?.Rm3 is not null && passages is not null)
            return _ => null;
        var (settings, query) = (system.Bm25 ?? new(), asked.Text);
        var parameters = Ranker.Parameters(settings);
        // An expanded query's terms are not those of its text.
        var expanded = settings.Rm3 is { } expansion ? await rm3.ExpandAsync(corpus, index, passages, asked, parameters, expansion, ct) : null;
        return id => (expanded is not null ? index.Explain(expanded, query, id, parameters) : passages is null ? index.Explain(query, id, parameters) : PassageRanking.Best(index, query, id, parameters)?.Score) is not { Terms.Count: > 0 } explained ? null
            : new(explained.Score, explained.Length, explained.AverageLength, settings, index.Analyzer.Name, [.. explained.Terms.Select(term =>
                new TermScore(term.Term, term.QueryOccurrences, term.QueryWeight, term.Occurrences, term.DocumentFrequency, term.Idf, term.Score))]);
    }
}
