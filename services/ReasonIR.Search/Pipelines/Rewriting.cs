using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Pipelines;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Pipelines;
using ReasonIR.Retrieval.Ranking;
using ReasonIR.Search.Searching;

namespace ReasonIR.Search.Pipelines;

/// <summary>The rewriting stage.</summary>
public sealed class Rewriting(RewriteStore store, RewriteWriter writer, IDbContextFactory<ExperimentsDb> databases)
{
    /// <summary>What is looked up for each query.</summary>
    /// <param name="found">What an earlier round found; null in the first one.</param>
    /// <exception cref="KeyNotFoundException">There is no such set, or it lacks queries: figures over the others would mix two systems.</exception>
    public async Task<IReadOnlyList<QueryTexts>> RewriteAsync(
        Corpus corpus, RewriteStage? stage, IReadOnlyList<RankedText> queries, IReadOnlyList<ScoredDocument>[]? found,
        PipelineContext context, PipelineTrace trace, CancellationToken ct)
    {
        if (stage is null)
            return [.. queries.Select(query => new QueryTexts([query.Text]))];
        if (stage.From == "llm")
            return await writer.WriteAsync(corpus, stage, queries, found, context, trace, ct);
        var notes = new SortedDictionary<string, double>(StringComparer.Ordinal);
        return await trace.TimeAsync("rewrite", async () =>
        {
            var stored = stage.From == "query-set" ? await OfQuerySetAsync(corpus, stage.Set!, queries, ct) : await OfStoreAsync(stage.Set!, queries, ct);
            var missing = queries.Where((_, i) => stored[i] is null).ToList();
            if (missing.Count > 0)
                throw new KeyNotFoundException($"The rewrites '{stage.Set}' lack {missing.Count:N0} of {queries.Count:N0} queries, the first: {missing[0].Id ?? Short(missing[0].Text)}.");
            var cut = stored.Select(rewrite => stage.Tokens is { } tokens ? RewriteTokens.Cut(rewrite!, tokens) : rewrite!).ToList();
            notes["tokens"] = cut.Sum(RewriteTokens.Count);
            if (stage.Tokens is not null)
                notes["cutOff"] = cut.Where((text, i) => text.Length < stored[i]!.Length).Count();
            return (IReadOnlyList<QueryTexts>)[.. cut.Select((rewrite, i) => QueryTexts.Of(queries[i].Text, [rewrite], stage.Join))];
        }, () => notes);
    }

    async Task<IReadOnlyList<string?>> OfStoreAsync(string set, IReadOnlyList<RankedText> queries, CancellationToken ct) =>
        await store.FindAsync(set, [.. queries.Select(query => (query.Id, query.Text))], ct) ?? throw new KeyNotFoundException($"There is no set of rewrites '{set}'.");

    async Task<IReadOnlyList<string?>> OfQuerySetAsync(Corpus corpus, string name, IReadOnlyList<RankedText> queries, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var sets = await db.QuerySets.AsNoTracking().Where(set => set.CorpusId == corpus.Id && set.Name == name).Select(set => set.Id).ToListAsync(ct);
        if (sets.Count != 1)
            throw new KeyNotFoundException($"Corpus '{corpus.Name}' has {(sets.Count == 0 ? "no query set" : "several query sets")} '{name}'.");
        var ids = queries.Select(query => query.Id).OfType<string>().Distinct().ToList();
        var texts = await db.Queries.AsNoTracking().Where(query => query.QuerySetId == sets[0] && ids.Contains(query.ExternalId)).ToDictionaryAsync(query => query.ExternalId, query => query.Text, ct);
        return [.. queries.Select(query => query.Id is null ? null : texts.GetValueOrDefault(query.Id))];
    }

    static string Short(string text) => text.Length <= 80 ? text : text[..80] + "…";
}
