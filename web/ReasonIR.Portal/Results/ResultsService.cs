using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts;
using ReasonIR.Contracts.Results;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Serialization;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Artifacts;
using ReasonIR.Experiments.Results;

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
        return [.. rows.Select(Describe)];
    }

    /// <summary>One result, or null.</summary>
    public async Task<ResultInfo?> FindAsync(long id, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        return await Full(db.Results).SingleOrDefaultAsync(result => result.Id == id, ct) is { } result ? Describe(result) : null;
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

    /// <summary>The full path of a result's TREC run file; null where there is none.</summary>
    public async Task<string?> RunFileAsync(long id, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var path = await db.Results.Where(result => result.Id == id)
            .Join(db.Artifacts, result => result.RunFileArtifactId, artifact => artifact.Id, (_, artifact) => artifact.Path).SingleOrDefaultAsync(ct);
        return path is null ? null : artifacts.Resolve(path);
    }

    static IQueryable<Result> Full(IQueryable<Result> results) =>
        results.AsNoTracking().Include(result => result.Corpus).Include(result => result.QuerySet).Include(result => result.Run);

    static ResultInfo Describe(Result result) => new(
        result.Id,
        result.RunId,
        result.Corpus!.Name,
        result.QuerySet!.Name,
        result.System,
        JsonSerializer.Deserialize<EvaluateSpec>(result.Run!.Spec, ReasonIrJson.Web)?.Label,
        result.Measures,
        result.QueryCount,
        result.Comparison is null ? null : JsonSerializer.Deserialize<ComparisonInfo>(result.Comparison, ReasonIrJson.Web),
        JsonSerializer.Deserialize<JsonElement>(result.Provenance),
        result.CreatedAt);
}
