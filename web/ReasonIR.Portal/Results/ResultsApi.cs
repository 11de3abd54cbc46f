using Microsoft.AspNetCore.Http.HttpResults;
using ReasonIR.Contracts;
using ReasonIR.Contracts.Results;
using ReasonIR.Portal.Benchmarks;

namespace ReasonIR.Portal.Results;

/// <summary>Results over REST.</summary>
public static class ResultsApi
{
    /// <summary>Adds the endpoints below <c>/api/results</c>.</summary>
    public static void MapResults(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/results").WithTags("Results");
        group.MapGet("/", ListAsync).WithName("ListResults").WithSummary("Results with provenance, newest first.");
        api.MapGet("/leaderboard", LeaderboardAsync).WithTags("Results").WithName("GetLeaderboard").WithSummary("Systems ordered by a measure, for each query set.");
        group.MapGet("/{id:long}", GetAsync).WithName("GetResult").WithSummary("One result.");
        group.MapGet("/{id:long}/queries", QueriesAsync).WithName("ListResultQueries").WithSummary("Measures by query.");
        group.MapGet("/{id:long}/comparison", CompareAsync).WithName("CompareResult").WithSummary("A result beside its baseline, query by query: wins first, or losses.");
        group.MapGet("/{id:long}/commands", CommandsAsync).WithName("GetResultCommands").WithSummary("The commands that make the result again.");
        group.MapGet("/{id:long}/run-file", RunFileAsync).WithName("GetRunFile").WithSummary("The ranking as a TREC run file.");
    }

    static async Task<Ok<IReadOnlyList<ResultInfo>>> ListAsync(string? corpus, ResultsService results, CancellationToken ct) =>
        TypedResults.Ok(await results.ListAsync(corpus, ct));

    static async Task<Results<Ok<ResultInfo>, ProblemHttpResult>> GetAsync(long id, ResultsService results, CancellationToken ct) =>
        await results.FindAsync(id, ct) is { } result ? TypedResults.Ok(result) : Missing.Of("result", id);

    static async Task<Results<Ok<Page<ResultQueryInfo>>, ProblemHttpResult>> QueriesAsync(long id, [AsParameters] Paging paging, ResultsService results, CancellationToken ct)
    {
        paging = paging.Checked();
        return await results.QueriesAsync(id, paging.First, paging.Count, ct) is { } page ? TypedResults.Ok(page) : Missing.Of("result", id);
    }

    static async Task<Ok<IReadOnlyList<LeaderboardInfo>>> LeaderboardAsync(string? corpus, string? measure, LeaderboardService leaderboards, CancellationToken ct) =>
        TypedResults.Ok(await leaderboards.ReadAsync(corpus, measure, ct));

    static async Task<Results<Ok<ResultComparison>, ProblemHttpResult>> CompareAsync(
        long id, string? measure, bool? losses, [AsParameters] Paging paging, ResultsService results, CancellationToken ct)
    {
        paging = paging.Checked();
        return await results.CompareAsync(id, measure ?? LeaderboardService.Usual, losses ?? false, paging.First, paging.Count, ct) is { } comparison
            ? TypedResults.Ok(comparison)
            : Missing.Of("result", id);
    }

    static async Task<Results<Ok<IReadOnlyList<string>>, ProblemHttpResult>> CommandsAsync(long id, ResultsService results, Reproduction reproduction, CancellationToken ct) =>
        await results.FindAsync(id, ct) is { } result ? TypedResults.Ok(await reproduction.CommandsAsync(result, ct)) : Missing.Of("result", id);

    static async Task<Results<PhysicalFileHttpResult, ProblemHttpResult>> RunFileAsync(long id, ResultsService results, CancellationToken ct) =>
        await results.RunFileAsync(id, ct) is { } path
            ? TypedResults.PhysicalFile(path, "text/plain", Path.GetFileName(path))
            : Missing.Of("run file of result", id);
}
