using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Judging;
using ReasonIR.Contracts.Results;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Portal.Results;
using ReasonIR.Retrieval.Comparison;
using ReasonIR.Retrieval.Measures;
using ReasonIR.Retrieval.Runs;

namespace ReasonIR.Portal.Judging;

/// <summary>What several systems rank near the top and nobody judged.</summary>
public sealed class PoolService(IDbContextFactory<ExperimentsDb> databases, ResultsService results, StoredRuns runs, QuerySetStore querySets)
{
    /// <summary>The deepest pool.</summary>
    public const int MostDepth = 100;

    const int MostSystems = 20;
    const int ShownCharacters = 4000;

    /// <summary>The unjudged documents among the first of each ranking.</summary>
    /// <exception cref="ArgumentException">Results that are not there, lack a run file or belong to different query sets; a bound that cannot be meant.</exception>
    public async Task<PoolInfo> ReadAsync(IReadOnlyList<long> ids, int depth, int skip, int take, CancellationToken ct)
    {
        if (ids.Count is 0 or > MostSystems || ids.Distinct().Count() != ids.Count)
            throw new ArgumentException($"results: expected 1 to {MostSystems} different numbers of results, found {string.Join(", ", ids)}.");
        if (depth is < 1 or > MostDepth)
            throw new ArgumentException($"depth: expected 1 to {MostDepth}, found {depth}.");
        var (chosen, rankings) = (new List<ResultInfo>(), new List<Run>());
        foreach (var id in ids)
        {
            chosen.Add(await results.FindAsync(id, ct) ?? throw new ArgumentException($"results: there is no result {id}."));
            rankings.Add(await runs.ReadAsync(id, ct) ?? throw new ArgumentException($"results: result {id} has no run file."));
        }
        if (chosen.Select(result => (result.Corpus, result.QuerySet)).Distinct().Count() > 1)
            throw new ArgumentException("results: expected results over one query set, found several.");
        await using var db = await databases.CreateDbContextAsync(ct);
        var set = await db.Results.Where(result => result.Id == ids[0]).Select(result => new { result.QuerySetId, result.CorpusId }).SingleAsync(ct);
        var queries = (await querySets.ReadAsync(set.QuerySetId, ct)).ToDictionary(query => query.ExternalId, StringComparer.Ordinal);
        var (judgments, exclusions) = Labels(queries.Values);
        var pool = JudgmentPool.Unjudged(rankings, judgments, depth, exclusions).Where(document => queries.ContainsKey(document.Query)).ToList();
        var page = pool.Skip(skip).Take(take).ToList();
        var wanted = page.Select(document => document.Document).Distinct().ToList();
        var documents = await db.Documents.AsNoTracking().Where(document => document.CorpusId == set.CorpusId && wanted.Contains(document.ExternalId)).ToDictionaryAsync(document => document.ExternalId, ct);
        return new(
            chosen[0].Corpus, chosen[0].QuerySet, depth, [.. chosen.Select((result, i) => new PooledSystem(result.Id, result.System, Judged(rankings[i], judgments, exclusions, depth)))],
            [.. page.Select(item =>
            {
                var document = documents.GetValueOrDefault(item.Document);
                return new PoolItem(item.Query, queries[item.Query].Text, item.Document, document?.Title ?? "", document is null ? "" : document.Text.Length > ShownCharacters ? document.Text[..ShownCharacters] : document.Text, item.Ranks);
            })], pool.Count);
    }

    /// <summary>Judged@k: the share of the first k of all rankings that has a judgment.</summary>
    static double Judged(Run run, Judgments judgments, Exclusions exclusions, int depth)
    {
        var (judged, all) = (0, 0);
        foreach (var query in run.Queries.Where(judgments.Contains))
            foreach (var document in Evaluator.Rank(run[query], exclusions[query], depth))
                (judged, all) = (judged + (judgments[query].ContainsKey(document.Id) ? 1 : 0), all + 1);
        return all == 0 ? 0 : judged / (double)all;
    }

    static (Judgments, Exclusions) Labels(IEnumerable<Query> queries)
    {
        var (judgments, exclusions) = (new Judgments(), new Exclusions());
        foreach (var query in queries)
        {
            foreach (var judgment in query.Judgments)
                judgments.Add(query.ExternalId, judgment.DocumentExternalId, judgment.Grade);
            exclusions.Add(query.ExternalId, query.Exclusions.Select(exclusion => exclusion.DocumentExternalId));
        }
        return (judgments, exclusions);
    }
}
