using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Search;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Retrieval.Bm25;
using ReasonIR.Retrieval.Ranking;

namespace ReasonIR.Search.Searching;

/// <summary>BM25 with RM3: a first search, an expanded query from the texts that it found, a second search.</summary>
public sealed class Rm3Ranking(IDbContextFactory<ExperimentsDb> databases)
{
    /// <summary>A ranking, best first. Excluded documents are not looked into.</summary>
    public async Task<IReadOnlyList<ScoredDocument>> RankAsync(
        Corpus corpus, Bm25Index index, RankedText query, int depth, Bm25Parameters parameters, Rm3Settings settings, CancellationToken ct)
    {
        var first = index.Search(query.Text, settings.FeedbackDocuments, parameters, query.Exclude);
        var ids = first.Select(found => found.Id).ToList();
        await using var db = await databases.CreateDbContextAsync(ct);
        var texts = await db.Documents.AsNoTracking().Where(document => document.CorpusId == corpus.Id && ids.Contains(document.ExternalId))
            .ToDictionaryAsync(document => document.ExternalId, document => $"{document.Title} {document.Text}", ct);
        var model = new RelevanceModel(index, new(settings.FeedbackTerms, settings.FeedbackDocuments, settings.OriginalQueryWeight));
        var expanded = model.Expand(query.Text, [.. first.Where(found => texts.ContainsKey(found.Id)).Select(found => (found, texts[found.Id]))]);
        return index.Search(expanded, depth, parameters, query.Exclude);
    }
}
