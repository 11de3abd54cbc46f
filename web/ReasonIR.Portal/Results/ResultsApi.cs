using Microsoft.AspNetCore.Http.HttpResults;
using ReasonIR.Contracts;
using ReasonIR.Contracts.Results;

namespace ReasonIR.Portal.Results;

/// <summary>Results over REST.</summary>
public static class ResultsApi
{
    /// <summary>Adds the endpoints below <c>/api/results</c>.</summary>
    public static void MapResults(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/results").WithTags("Results");
        group.MapGet("/", ListAsync).WithName("ListResults").WithSummary("The leaderboard: results with provenance, newest first.");
        group.MapGet("/{id:long}", GetAsync).WithName("GetResult").WithSummary("One result.");
        group.MapGet("/{id:long}/queries", QueriesAsync).WithName("ListResultQueries").WithSummary("Measures by query.");
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

    static async Task<Results<PhysicalFileHttpResult, ProblemHttpResult>> RunFileAsync(long id, ResultsService results, CancellationToken ct) =>
        await results.RunFileAsync(id, ct) is { } path
            ? TypedResults.PhysicalFile(path, "text/plain", Path.GetFileName(path))
            : Missing.Of("run file of result", id);
}
