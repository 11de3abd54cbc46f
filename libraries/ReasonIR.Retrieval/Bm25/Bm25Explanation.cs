namespace ReasonIR.Retrieval.Bm25;

/// <summary>How a document's score came about.</summary>
/// <param name="Score">As <see cref="Bm25Index.Search"/> gives it; 0 where no term of the query occurs.</param>
/// <param name="Length">The document's length as the variant sees it (Lucene: rounded down), in tokens.</param>
/// <param name="AverageLength">In tokens.</param>
/// <param name="Terms">The query's terms that the document holds, in the order of the query.</param>
public sealed record Bm25Explanation(
    string Id, double Score, int Length, double AverageLength, Bm25Parameters Parameters, IReadOnlyList<Bm25TermScore> Terms);

/// <summary>What one term adds.</summary>
/// <param name="Term">As analyzed.</param>
/// <param name="QueryOccurrences">How often the query holds it.</param>
/// <param name="QueryWeight">Lucene: the occurrences. BRIGHT: the query side's weight, which holds idf a first time.</param>
/// <param name="Occurrences">How often the document holds it.</param>
/// <param name="DocumentFrequency">How many documents hold it.</param>
public sealed record Bm25TermScore(
    string Term, int QueryOccurrences, double QueryWeight, int Occurrences, int DocumentFrequency, double Idf, double Score);
