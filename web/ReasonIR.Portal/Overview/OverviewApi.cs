using Microsoft.AspNetCore.Http.HttpResults;

namespace ReasonIR.Portal.Overview;

/// <summary>The state of the whole system over REST.</summary>
public static class OverviewApi
{
    /// <summary>Adds <c>/api/overview</c>.</summary>
    public static void MapOverview(this IEndpointRouteBuilder api) =>
        api.MapGet("/overview", ReadAsync).WithTags("Overview").WithName("GetOverview").WithSummary("Counts of everything, and what to do next.");

    static async Task<Ok<OverviewInfo>> ReadAsync(OverviewService overview, CancellationToken ct) => TypedResults.Ok(await overview.ReadAsync(ct));
}
