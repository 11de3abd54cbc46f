using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Passages;
using ReasonIR.Contracts.Search;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Retrieval.Bm25;
using ReasonIR.Retrieval.Ranking;
using ReasonIR.Search.Indexing;

namespace ReasonIR.Search.Searching;

/// <summary>BM25 with RM3: a first search, an expanded query from the texts that it found, a second search.</summary>
public sealed class Rm3Ranking(IDbContextFactory<ExperimentsDb> databases)
{
    /// <summary>A ranking, best first. Excluded documents are not looked into. Of an index of passages, it is passages that are looked into and ranked.</summary>
    public async Task<IReadOnlyList<ScoredDocument>> RankAsync(
        Corpus corpus, Bm25Index index, PassageRule? passages, RankedText query, int depth, Bm25Parameters parameters, Rm3Settings settings, CancellationToken ct)
    {
        var expanded = await ExpandAsync(corpus, index, passages, query, parameters, settings, ct);
        return passages is null
            ? index.Search(expanded, depth, parameters, query.Exclude)
            : PassageRanking.Documents(index, depth, query.Exclude, (most, exclude) => index.Search(expanded, most, parameters, exclude));
    }

    /// <summary>The terms that are searched in place of the query's, with their weights, the heaviest first.</summary>
    public async Task<IReadOnlyList<WeightedTerm>> ExpandAsync(
        Corpus corpus, Bm25Index index, PassageRule? passages, RankedText query, Bm25Parameters parameters, Rm3Settings settings, CancellationToken ct)
    {
        var without = passages is null ? query.Exclude : query.Exclude?.SelectMany(id => PassageRanking.Of(index, id)).ToHashSet(StringComparer.Ordinal);
        var first = index.Search(query.Text, settings.FeedbackDocuments, parameters, without);
        var ids = first.Select(found => passages is null ? found.Id : PassageIds.Split(found.Id).Document).ToList();
        await using var db = await databases.CreateDbContextAsync(ct);
        var texts = await db.Documents.AsNoTracking().Where(document => document.CorpusId == corpus.Id && ids.Contains(document.ExternalId))
            .ToDictionaryAsync(document => document.ExternalId, ct);
        var model = new RelevanceModel(index, new(settings.FeedbackTerms, settings.FeedbackDocuments, settings.OriginalQueryWeight));
        return model.Expand(query.Text, [.. first.Zip(ids).Where(pair => texts.ContainsKey(pair.Second)).Select(pair => (pair.First, Text(texts[pair.Second], pair.First.Id)))]);

        string Text(Document document, string found) => passages is null ? $"{document.Title} {document.Text}"
            : passages.Of(document)[PassageIds.Split(found).Part].Text(document.Title, document.Text);
    }
}
