using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts;
using ReasonIR.Contracts.Results;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Serialization;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Artifacts;
using ReasonIR.Experiments.Results;
using ReasonIR.Portal.Models;

namespace ReasonIR.Portal.Results;

/// <summary>What pages and the REST API know about results.</summary>
public sealed class ResultsService(IDbContextFactory<ExperimentsDb> databases, ArtifactStore artifacts)
{
    /// <summary>Results, newest first, of one corpus or of all; at most 2,000.</summary>
    public async Task<IReadOnlyList<ResultInfo>> ListAsync(string? corpus, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var rows = await Full(db.Results).Where(result => string.IsNullOrEmpty(corpus) || result.Corpus!.Name == corpus)
            .OrderByDescending(result => result.Id).Take(2000).ToListAsync(ct);
        return await WithTrainingAsync(db, [.. rows.Select(Describe)], ct);
    }

    /// <summary>One result, or null.</summary>
    public async Task<ResultInfo?> FindAsync(long id, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        return await Full(db.Results).SingleOrDefaultAsync(result => result.Id == id, ct) is { } result ? (await WithTrainingAsync(db, [Describe(result)], ct))[0] : null;
    }

    /// <summary>The results with the data behind their encoders.</summary>
    static async Task<IReadOnlyList<ResultInfo>> WithTrainingAsync(ExperimentsDb db, IReadOnlyList<ResultInfo> rows, CancellationToken ct)
    {
        var models = rows.ToDictionary(row => row.Id, row => Encoders(row.Provenance));
        var trained = await TrainingLineage.OfAsync(db, [.. models.Values.SelectMany(names => names).Distinct(StringComparer.Ordinal)], ct);
        return [.. rows.Select(row => row with { TrainedOn = [.. models[row.Id].SelectMany(name => trained[name]).DistinctBy(one => (one.Dataset, one.Version))] })];
    }

    /// <summary>The encoder of a system, or those of a pipeline.</summary>
    static IReadOnlyList<string> Encoders(JsonElement provenance)
    {
        var origin = provenance.Deserialize<Origin>(ReasonIrJson.Web);
        return [.. new[] { origin?.Model }.OfType<string>().Concat(origin?.Pipeline?.Models?.Keys ?? Enumerable.Empty<string>()).Distinct(StringComparer.Ordinal)];
    }

    /// <summary>The queries of a result with their measures, by query id; null where there is no such result.</summary>
    public async Task<Page<ResultQueryInfo>?> QueriesAsync(long id, int skip, int take, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        if (await db.Results.AsNoTracking().SingleOrDefaultAsync(result => result.Id == id, ct) is not { } result)
            return null;
        var queries = db.ResultQueries.AsNoTracking().Where(query => query.ResultId == id);
        var rows = await queries.OrderBy(query => query.QueryExternalId).Skip(skip).Take(take).ToListAsync(ct);
        var ids = rows.Select(row => row.QueryExternalId).ToList();
        var texts = await db.Queries.Where(query => query.QuerySetId == result.QuerySetId && ids.Contains(query.ExternalId))
            .ToDictionaryAsync(query => query.ExternalId, query => query.Text, ct);
        return new([.. rows.Select(row => new ResultQueryInfo(row.QueryExternalId, texts.GetValueOrDefault(row.QueryExternalId, ""), row.Measures))], await queries.LongCountAsync(ct));
    }

    /// <summary>A result beside its baseline, wins first, or losses first when <paramref name="ascending"/>; null where there is no such result.</summary>
    /// <exception cref="ArgumentException">The result has no such measure.</exception>
    public async Task<ResultComparison?> CompareAsync(long id, string measure, bool ascending, int skip, int take, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        if (await db.Results.AsNoTracking().SingleOrDefaultAsync(result => result.Id == id, ct) is not { } result)
            return null;
        if (!result.Measures.ContainsKey(measure))
            throw new ArgumentException($"measure: expected one of {string.Join(", ", result.Measures.Keys.Order(StringComparer.Ordinal))}, found '{measure}'.");
        var comparison = result.Comparison is null ? null : JsonSerializer.Deserialize<ComparisonInfo>(result.Comparison, ReasonIrJson.Web);
        var baseline = comparison is null ? null : await db.Results.Where(other => other.RunId == result.RunId && other.QuerySetId == result.QuerySetId && other.System == comparison.Baseline)
            .Select(other => (long?)other.Id).SingleOrDefaultAsync(ct);
        var own = await ValuesAsync(db, id, measure, ct);
        var others = baseline is { } other ? await ValuesAsync(db, other, measure, ct) : [];
        var rows = own.Select(query => (Id: query.Key, query.Value, Baseline: others.TryGetValue(query.Key, out var value) ? value : (double?)null));
        var ordered = rows.OrderBy(row => (row.Value - (row.Baseline ?? 0)) * (ascending ? 1 : -1)).ThenBy(row => row.Id, StringComparer.Ordinal).Skip(skip).Take(take).ToList();
        var ids = ordered.Select(row => row.Id).ToList();
        var texts = await db.Queries.Where(query => query.QuerySetId == result.QuerySetId && ids.Contains(query.ExternalId))
            .ToDictionaryAsync(query => query.ExternalId, query => query.Text, ct);
        return new(id, baseline, measure, [.. ordered.Select(row => new QueryComparison(
            row.Id, texts.GetValueOrDefault(row.Id, ""), row.Value, row.Baseline, row.Value - row.Baseline))], own.Count);
    }

    /// <summary>The full path of a result's TREC run file; null where there is none.</summary>
    public async Task<string?> RunFileAsync(long id, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var path = await db.Results.Where(result => result.Id == id)
            .Join(db.Artifacts, result => result.RunFileArtifactId, artifact => artifact.Id, (_, artifact) => artifact.Path).SingleOrDefaultAsync(ct);
        return path is null ? null : artifacts.Resolve(path);
    }

    /// <summary>Query to value of one measure; empty where the result has none by query.</summary>
    public async Task<IReadOnlyDictionary<string, double>> ValuesAsync(long id, string measure, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        return await ValuesAsync(db, id, measure, ct);
    }

    /// <summary>One value of each row leaves the database, not all measures: a leaderboard reads many results.</summary>
    static Task<Dictionary<string, double>> ValuesAsync(ExperimentsDb db, long id, string measure, CancellationToken ct) => db.Database.SqlQuery<QueryValue>($"""
        select query_external_id as "Query", (measures ->> {measure})::double precision as "Value" from result_queries where result_id = {id} and jsonb_exists(measures, {measure})
        """).ToDictionaryAsync(row => row.Query, row => row.Value, ct);

    sealed record QueryValue(string Query, double Value);

    static IQueryable<Result> Full(IQueryable<Result> results) =>
        results.AsNoTracking().Include(result => result.Corpus).Include(result => result.QuerySet).Include(result => result.Run);

    static ResultInfo Describe(Result result) => new(
        result.Id,
        result.RunId,
        result.Corpus!.Name,
        result.QuerySet!.Name,
        result.System,
        ResultLabels.Of(result.Run!.Kind, result.Run.Spec),
        result.Measures,
        result.QueryCount,
        result.Comparison is null ? null : JsonSerializer.Deserialize<ComparisonInfo>(result.Comparison, ReasonIrJson.Web),
        JsonSerializer.Deserialize<JsonElement>(result.Provenance),
        result.CreatedAt,
        Outdated(result));

    /// <summary>What has changed since the result was measured. A corpus or set without a hash is one that nobody hashed.</summary>
    static string? Outdated(Result result)
    {
        var origin = JsonSerializer.Deserialize<Origin>(result.Provenance, ReasonIrJson.Web);
        var (corpus, set) = (result.Corpus!, result.QuerySet!);
        if (origin?.CorpusHash is { Length: > 0 } hash && hash != corpus.ContentHash)
            return "the corpus has changed since";
        if (origin?.QuerySetHash is not { Length: > 0 } labels || labels == set.ContentHash)
            return null;
        return origin.Queries is { Version: var version }
            ? $"measured over version {version} of the query set, which is now at version {set.Version}"
            : $"measured over an older version of the query set, which is now at version {set.Version}";
    }

    // Whatever an older version did not record is null.
    sealed record Origin(string? CorpusHash = null, string? QuerySetHash = null, OriginOfQueries? Queries = null, string? Model = null, OriginOfPipeline? Pipeline = null);

    sealed record OriginOfPipeline(IReadOnlyDictionary<string, string>? Models);

    sealed record OriginOfQueries(int Version);
}
