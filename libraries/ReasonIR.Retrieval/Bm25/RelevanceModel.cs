using System.Runtime.InteropServices;
using ReasonIR.Retrieval.Analysis;
using ReasonIR.Retrieval.Ranking;

namespace ReasonIR.Retrieval.Bm25;

/// <summary>
/// RM3: a query is expanded by terms of the documents that it finds first, weighted by how much of each document they are and how well the
/// document scored (Lavrenko and Croft's relevance model, SIGIR 2001), and mixed with the query itself (Abdul-Jaleel et al., TREC 2004).
/// Choices are Anserini's: terms of 2 to 20 of a-z and 0-9 that at most a tenth of the documents hold, the most frequent of each document;
/// the lucene variant of BM25. Thread-safe.
/// </summary>
/// <param name="index">What is searched.</param>
public sealed class RelevanceModel(Bm25Index index, Rm3Options? options = null)
{
    const int ShortestTerm = 2, LongestTerm = 20;
    const double MostDocuments = 0.1;

    readonly Rm3Options options = (options ?? new()).Validated();

    /// <summary>The expanded query: its terms with weights that sum to 1 (to the query's share where no document has a fit term), the heaviest first.</summary>
    /// <param name="feedback">What the query found, best first, with the documents' texts; the first ones are used.</param>
    public IReadOnlyList<WeightedTerm> Expand(string query, IReadOnlyList<(ScoredDocument Found, string Text)> feedback)
    {
        var model = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var (found, text) in feedback.Take(options.FeedbackDocuments))
        {
            var terms = Heaviest(Counts(text).Where(term => IsFit(term.Key)));
            var tokens = terms.Sum(term => term.Value);
            foreach (var (term, count) in terms)
                CollectionsMarshal.GetValueRefOrAddDefault(model, term, out _) += count / tokens * found.Score;
        }
        var expanded = new Dictionary<string, double>(StringComparer.Ordinal);
        Mix(Counts(query).ToList(), options.OriginalQueryWeight);
        Mix(Heaviest(model), 1 - options.OriginalQueryWeight);
        return [.. expanded.OrderByDescending(term => term.Value).ThenBy(term => term.Key, StringComparer.Ordinal).Select(term => new WeightedTerm(term.Key, term.Value))];

        void Mix(List<KeyValuePair<string, double>> terms, double share)
        {
            var sum = terms.Sum(term => term.Value);
            foreach (var (term, weight) in terms)
                CollectionsMarshal.GetValueRefOrAddDefault(expanded, term, out _) += share * weight / sum;
        }
    }

    List<KeyValuePair<string, double>> Heaviest(IEnumerable<KeyValuePair<string, double>> terms) =>
        [.. terms.OrderByDescending(term => term.Value).ThenBy(term => term.Key, StringComparer.Ordinal).Take(options.FeedbackTerms)];

    Dictionary<string, double> Counts(string text)
    {
        var counts = new Dictionary<string, double>(StringComparer.Ordinal);
        foreach (var term in index.Analyzer.Analyze(text))
            CollectionsMarshal.GetValueRefOrAddDefault(counts, term, out _)++;
        return counts;
    }

    bool IsFit(string term) =>
        term.Length is >= ShortestTerm and <= LongestTerm && term.All(unit => unit is >= 'a' and <= 'z' or >= '0' and <= '9')
        && index.DocumentFrequency(term) <= MostDocuments * index.Statistics.Documents;
}

/// <summary>How RM3 expands. The defaults are Anserini's.</summary>
/// <param name="FeedbackTerms">Terms taken of each document, and of all together.</param>
/// <param name="FeedbackDocuments">Documents looked into.</param>
/// <param name="OriginalQueryWeight">The query's share of the expanded one, 0 to 1.</param>
public sealed record Rm3Options(int FeedbackTerms = 10, int FeedbackDocuments = 10, double OriginalQueryWeight = 0.5)
{
    internal Rm3Options Validated()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(FeedbackTerms, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(FeedbackDocuments, 1);
        if (!(OriginalQueryWeight >= 0 && OriginalQueryWeight <= 1))
            throw new ArgumentOutOfRangeException(nameof(OriginalQueryWeight), OriginalQueryWeight, "should be between 0 and 1.");
        return this;
    }
}

/// <summary>A term of an expanded query, as analyzed, and what it counts in place of its occurrences.</summary>
public readonly record struct WeightedTerm(string Term, double Weight);
