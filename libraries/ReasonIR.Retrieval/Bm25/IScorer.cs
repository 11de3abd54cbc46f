namespace ReasonIR.Retrieval.Bm25;

/// <summary>A BM25 formula with its collection and parameters filled in. Immutable; one serves many searches.</summary>
interface IScorer
{
    /// <summary>What a term of the query weighs, from its occurrences in the query, the query's known tokens and its documents.</summary>
    TermWeight Weigh(int occurrences, int queryTokens, int documentFrequency);

    /// <summary>Adds the term's score for each of its documents.</summary>
    void Add(TermWeight weight, ReadOnlySpan<int> documents, ReadOnlySpan<int> occurrences, Accumulator scores);

    /// <summary>The term's score for one document.</summary>
    float Score(TermWeight weight, int document, int occurrences);

    /// <summary>The document's length as the formula sees it, in tokens.</summary>
    int Length(int document);

    /// <summary>The collection's average length as the formula sees it, in tokens.</summary>
    double AverageLength { get; }
}

/// <summary>A query term's weight.</summary>
/// <param name="Idf">Inverse document frequency.</param>
/// <param name="Query">What the query side contributes: occurrences (Lucene, idf still to come) or its own BM25 weight (BRIGHT).</param>
readonly record struct TermWeight(double Idf, float Query);
