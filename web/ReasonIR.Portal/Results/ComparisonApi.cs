using Microsoft.AspNetCore.Http.HttpResults;
using ReasonIR.Contracts.Results;
using ReasonIR.Contracts.Runs;
using ReasonIR.Portal.Results.Differences;

namespace ReasonIR.Portal.Results;

/// <summary>Results against each other, over REST.</summary>
public static class ComparisonApi
{
    /// <summary>Adds the endpoints.</summary>
    public static void MapComparisons(this IEndpointRouteBuilder api)
    {
        var group = api.MapGroup("/results").WithTags("Results");
        group.MapGet("/{a:long}/difference/{b:long}", ExplainAsync).WithName("ExplainDifference").WithSummary("Why two results differ: causes by effect, all tests, similarity of the rankings, queries won and lost.");
        group.MapPost("/{a:long}/difference/{b:long}/missing", StartMissingAsync).WithName("StartMissingVariant").WithSummary("Starts the evaluation that measures what one cause does.");
        api.MapGet("/leaderboard/significance", SignificanceAsync).WithTags("Results").WithName("GetSignificance").WithSummary("All pairs of the systems of a leaderboard, adjusted, and groups that do not differ.");
    }

    static async Task<Results<Ok<DifferenceInfo>, ProblemHttpResult>> ExplainAsync(long a, long b, string? measure, DifferenceService differences, CancellationToken ct) =>
        await differences.ExplainAsync(a, b, measure ?? LeaderboardService.Usual, ct) is { } difference ? TypedResults.Ok(difference) : Missing.Of("pair of results", $"{a} and {b}");

    static async Task<Results<Created<RunInfo>, ProblemHttpResult>> StartMissingAsync(
        long a, long b, string cause, string? measure, bool? fromB, DifferenceService differences, CancellationToken ct) =>
        await differences.StartMissingAsync(a, b, cause, measure ?? LeaderboardService.Usual, fromB ?? false, ct) is { } run
            ? TypedResults.Created($"/api/runs/{run.Id}", run)
            : Missing.Of("pair of results", $"{a} and {b}");

    static async Task<Ok<IReadOnlyList<SignificanceInfo>>> SignificanceAsync(
        string? corpus, string? measure, string? test, string? correction, double? level, string? systems, SignificanceService significance, CancellationToken ct) =>
        TypedResults.Ok(await significance.ReadAsync(corpus, measure, test, correction, level, ct, systems));
}
