using ReasonIR.Contracts.Passages;
using ReasonIR.Retrieval.Bm25;
using ReasonIR.Retrieval.Ranking;
using ReasonIR.Search.Indexing;

namespace ReasonIR.Search.Searching;

/// <summary>
/// Documents from a BM25 index of passages: a document scores as its best passage. Exactly what ranking all passages would give: more are
/// asked for until no passage that was not found could change the first documents.
/// </summary>
public static class PassageRanking
{
    const int PassagesADocument = 4;

    /// <summary>The best documents, best first, ties by id ascending as UTF-8 bytes.</summary>
    /// <param name="search">The best so many passages, without those excluded.</param>
    /// <param name="exclude">Documents that must not be found.</param>
    public static IReadOnlyList<ScoredDocument> Documents(Bm25Index index, int depth, IReadOnlySet<string>? exclude, Func<int, IReadOnlySet<string>?, IReadOnlyList<ScoredDocument>> search)
    {
        var without = exclude is { Count: > 0 } ? exclude.SelectMany(id => Of(index, id)).ToHashSet(StringComparer.Ordinal) : null;
        for (var asked = (long)depth * PassagesADocument; ; asked *= 4)
        {
            var wanted = (int)Math.Min(asked, index.Statistics.Documents);
            var passages = search(wanted, without);
            var documents = passages.GroupBy(passage => PassageIds.Split(passage.Id).Document, StringComparer.Ordinal)
                .Select(group => new ScoredDocument(group.Key, group.First().Score)).Order(DocumentOrder.Best).ToList();
            // Passages that score as the last one may be cut off: only what is above it is certain.
            if (passages.Count < wanted || wanted == index.Statistics.Documents || documents.Count(document => document.Score > passages[^1].Score) >= depth)
                return documents.Count > depth ? documents[..depth] : documents;
        }
    }

    /// <summary>The ids of a document's passages in the index.</summary>
    public static IEnumerable<string> Of(Bm25Index index, string document) =>
        Enumerable.Range(0, PassageRule.MostPassages).Select(part => PassageIds.Of(document, part)).TakeWhile(index.Contains);

    /// <summary>The passage of a document that scores best, explained, and its number; null where the index lacks the document.</summary>
    public static (int Part, Bm25Explanation Score)? Best(Bm25Index index, string query, string document, Bm25Parameters parameters)
    {
        (int, Bm25Explanation)? best = null;
        foreach (var (part, id) in Of(index, document).Index())
            if (index.Explain(query, id, parameters) is { } score && (best is null || score.Score > best.Value.Item2.Score))
                best = (part, score);
        return best;
    }
}
