namespace ReasonIR.Retrieval.Bm25;

/// <summary>What an index holds.</summary>
/// <param name="Documents">All documents, empty ones too.</param>
/// <param name="DocumentsWithTerms">Documents with at least one term: Lucene's N.</param>
/// <param name="Terms">Distinct terms.</param>
/// <param name="Postings">Pairs of a term and a document that holds it.</param>
/// <param name="Tokens">All occurrences of terms.</param>
public sealed record Bm25Statistics(int Documents, int DocumentsWithTerms, int Terms, long Postings, long Tokens);
