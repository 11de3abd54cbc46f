using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Indexes;
using ReasonIR.Experiments.Runs;

namespace ReasonIR.Portal.Overview;

/// <summary>The state of the whole system in one answer.</summary>
public sealed class OverviewService(IDbContextFactory<ExperimentsDb> databases)
{
    /// <summary>Counts of everything, and what to do next.</summary>
    public async Task<OverviewInfo> ReadAsync(CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var runs = await db.Runs.GroupBy(run => new { run.Kind, run.State }).Select(group => new { group.Key.Kind, group.Key.State, Count = group.Count() }).ToListAsync(ct);
        var indexes = await db.Indexes.Where(index => index.State == IndexState.Ready).GroupBy(index => index.Kind)
            .Select(group => new { group.Key, Count = group.Count() }).ToDictionaryAsync(row => row.Key, row => row.Count, ct);
        var info = new OverviewInfo(
            await db.Corpora.CountAsync(ct),
            await db.Corpora.SumAsync(corpus => corpus.DocumentCount, ct),
            await db.QuerySets.SumAsync(set => (long)set.QueryCount, ct),
            await db.DatasetVersions.CountAsync(version => version.SealedAt != null, ct),
            await db.DatasetVersions.SumAsync(version => (long)version.ExampleCount, ct),
            await db.Models.CountAsync(ct),
            indexes.GetValueOrDefault("bm25"),
            indexes.GetValueOrDefault("dense"),
            await db.Results.CountAsync(ct),
            runs.Where(run => run.State == RunState.Succeeded).ToDictionary(run => run.Kind, run => run.Count),
            runs.Where(run => run.State is RunState.Queued or RunState.Running).GroupBy(run => run.Kind).ToDictionary(group => group.Key, group => group.Sum(run => run.Count)),
            new("", "", ""));
        return info with { Next = Next(info) };
    }

    static NextStep Next(OverviewInfo info) => info switch
    {
        { Active: var active } when active.ContainsKey(RunKinds.Loop) => new("Watch the loop", "A loop is under way: its page shows every step as it happens.", "runs?kind=loop"),
        { Active.Count: > 0 } => new("Watch the runs", "Work is under way; pages follow it without being loaded again.", "runs"),
        { Corpora: 0 } => new("Bring a corpus", "Import a folder in the layout of BEIR, a table of documents, or text files; or try the sample first.", "corpora/import"),
        { DatasetVersions: 0 } => new("Make training data", "Cut pairs from the documents, or have a language model write hard queries.", "datasets"),
        { Models: 0 } => new("Train an encoder", "A dataset version becomes an encoder in less than a minute.", "models/train"),
        { Bm25Indexes: 0 } or { DenseIndexes: 0 } => new("Index the corpus", "BM25 and the encoder each need an index before they can be searched.", "corpora"),
        { Results: 0, Queries: > 0 } => new("Measure", "There are judged queries: measure the systems on them, on the page of the corpus.", "corpora"),
        { Results: 0 } => new("Search", "Compare two systems side by side on questions of your own.", "search"),
        _ => new("Look at the leaderboard", "See what training brought, query by query, and where it hurt.", "leaderboard"),
    };
}
