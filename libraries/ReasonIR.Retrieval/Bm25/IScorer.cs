namespace ReasonIR.Retrieval.Bm25;

/// <summary>A BM25 formula with its collection and parameters filled in. Immutable; one serves many searches.</summary>
interface IScorer
{
    /// <summary>What a term of the query weighs, from its weight in the query, the query's known tokens and its documents.</summary>
    /// <param name="occurrences">How often the query holds the term; a fraction in an expanded query.</param>
    TermWeight Weigh(double occurrences, double queryTokens, int documentFrequency);

    /// <summary>The term's score for each of its documents.</summary>
    /// <param name="scores">As many as documents.</param>
    void Score(TermWeight weight, ReadOnlySpan<int> documents, ReadOnlySpan<int> occurrences, Span<float> scores);

    /// <summary>The term's score for one document.</summary>
    float Score(TermWeight weight, int document, int occurrences);

    /// <summary>At least the score of every posting of a block, from its <see cref="BlockImpacts"/>.</summary>
    float Bound(TermWeight weight, ulong impacts);

    /// <summary>At least the term's score in any document.</summary>
    double Highest(TermWeight weight);

    /// <summary>A power of two that divides every score of the term without rest.</summary>
    double Granule(TermWeight weight);

    /// <summary>The document's length as the formula sees it, in tokens.</summary>
    int Length(int document);

    /// <summary>The collection's average length as the formula sees it, in tokens.</summary>
    double AverageLength { get; }
}

/// <summary>A query term's weight.</summary>
/// <param name="Idf">Inverse document frequency.</param>
/// <param name="Query">What the query side contributes: occurrences (Lucene, idf still to come) or its own BM25 weight (BRIGHT).</param>
readonly record struct TermWeight(double Idf, float Query);
