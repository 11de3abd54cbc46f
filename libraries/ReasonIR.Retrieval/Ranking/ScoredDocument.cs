namespace ReasonIR.Retrieval.Ranking;

/// <summary>A document and its score for one query. Larger is better; scores of different systems are not comparable.</summary>
/// <param name="Id">The document's external id, as the corpus gives it.</param>
/// <param name="Score">The score, not rounded. BM25's are 32-bit floats held in a double.</param>
public readonly record struct ScoredDocument(string Id, double Score);
