namespace ReasonIR.Contracts.Search;

/// <summary>How a document's BM25 score came about.</summary>
/// <param name="Score">The sum of the terms' scores.</param>
/// <param name="Length">The document's length as the formula sees it (Lucene: rounded down), in tokens.</param>
/// <param name="AverageLength">Of the collection, in tokens.</param>
/// <param name="Settings">Which formula.</param>
/// <param name="Analyzer">How text became terms.</param>
/// <param name="Terms">The query's terms that the document holds, in the order of the query.</param>
public sealed record ScoreExplanation(
    double Score, int Length, double AverageLength, Bm25Settings Settings, string Analyzer, IReadOnlyList<TermScore> Terms);

/// <summary>What one term adds to a score.</summary>
/// <param name="Term">As analyzed.</param>
/// <param name="QueryOccurrences">How often the query holds it.</param>
/// <param name="QueryWeight">Lucene: the occurrences. BRIGHT: the query side's weight, which holds idf a first time.</param>
/// <param name="Occurrences">How often the document holds it.</param>
/// <param name="DocumentFrequency">How many documents hold it.</param>
/// <param name="Idf">Inverse document frequency.</param>
/// <param name="Score">What it adds.</param>
public sealed record TermScore(
    string Term, int QueryOccurrences, double QueryWeight, int Occurrences, int DocumentFrequency, double Idf, double Score);
