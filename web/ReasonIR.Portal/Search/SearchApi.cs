using Microsoft.AspNetCore.Http.HttpResults;
using ReasonIR.Contracts.Search;

namespace ReasonIR.Portal.Search;

/// <summary>Search over REST; the Search service does it.</summary>
public static class SearchApi
{
    /// <summary>Adds <c>/api/search</c>.</summary>
    public static void MapSearch(this IEndpointRouteBuilder api) =>
        api.MapPost("/search", SearchAsync).WithTags("Search").WithName("Search").WithSummary("Answers a query by one system over one corpus.");

    static async Task<Ok<SearchResponse>> SearchAsync(SearchRequest request, SearchClient search, CancellationToken ct) =>
        TypedResults.Ok(await search.SearchAsync(request, ct));
}
