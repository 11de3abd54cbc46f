namespace ReasonIR.Retrieval.Bm25;

/// <summary>A sparse vector of BM25.</summary>
/// <param name="Terms">The terms' numbers in the index, ascending, each once.</param>
/// <param name="Weights">As many.</param>
public sealed record Bm25Vector(uint[] Terms, float[] Weights);

/// <summary>
/// BM25 as an inner product, for an engine that knows sparse vectors: the weights of a document times those of a query are the scores of
/// <see cref="Bm25Index.Search(string, int, Bm25Parameters?, IReadOnlySet{string}?)"/> up to float rounding. A document's weights hold k1, b, the
/// lengths and, for BRIGHT, idf; a query's hold the occurrences and idf. All of them are the index's: with other statistics they are
/// others. Thread-safe.
/// </summary>
/// <param name="index">Numbers the terms and holds the statistics.</param>
public sealed class Bm25Vectors(Bm25Index index)
{
    /// <summary>A document's weights in each form, over the same terms; empty where it has no term.</summary>
    /// <param name="text">As it was indexed.</param>
    /// <exception cref="KeyNotFoundException">The index has no such document.</exception>
    public IReadOnlyList<Bm25Vector> OfDocument(string id, string text, IReadOnlyList<Bm25Parameters> forms)
    {
        using var lease = index.File.Rent();
        var document = index.File.Document(id);
        if (document < 0)
            throw new KeyNotFoundException($"The index has no document '{id}'.");
        var terms = new QueryTerms(index.File);
        index.Analyzer.Analyze(text, ref terms);
        terms.Known.Sort((a, b) => a.Term.CompareTo(b.Term));
        var numbers = terms.Known.Select(term => (uint)term.Term).ToArray();
        return [.. forms.Select(form =>
        {
            var scorer = index.Scorer(form);
            return new Bm25Vector(numbers, [.. terms.Known.Select(term => scorer.Score(Unit(form, scorer, term.Term), document, (int)term.Occurrences))]);
        })];
    }

    /// <summary>A query's weights.</summary>
    public Bm25Vector OfQuery(string query, Bm25Parameters form)
    {
        using var lease = index.File.Rent();
        var terms = new QueryTerms(index.File);
        index.Analyzer.Analyze(query, ref terms);
        return OfQuery(terms, form);
    }

    /// <summary>The weights of a query whose terms count by weight, such as an expanded one.</summary>
    public Bm25Vector OfQuery(IReadOnlyList<WeightedTerm> query, Bm25Parameters form)
    {
        using var lease = index.File.Rent();
        var terms = new QueryTerms(index.File);
        foreach (var (term, weight) in query)
            if (weight > 0)
                terms.Add(term, weight);
        return OfQuery(terms, form);
    }

    Bm25Vector OfQuery(QueryTerms terms, Bm25Parameters form)
    {
        var scorer = index.Scorer(form);
        terms.Known.Sort((a, b) => a.Term.CompareTo(b.Term));
        return new(
            [.. terms.Known.Select(term => (uint)term.Term)],
            [.. terms.Known.Select(term =>
            {
                var weight = scorer.Weigh(term.Occurrences, terms.KnownTokens, index.File.Record(term.Term).Documents);
                return form.Variant == Bm25Variant.Lucene ? weight.Query * (float)weight.Idf : weight.Query;
            })]);
    }

    /// <summary>A query side of 1: what is left is the document's.</summary>
    TermWeight Unit(Bm25Parameters form, IScorer scorer, int term) =>
        form.Variant == Bm25Variant.Lucene ? new(1, 1) : scorer.Weigh(1, 1, index.File.Record(term).Documents) with { Query = 1 };
}
