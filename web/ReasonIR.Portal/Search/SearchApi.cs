using Microsoft.AspNetCore.Http.HttpResults;
using ReasonIR.Contracts;
using ReasonIR.Contracts.Search;

namespace ReasonIR.Portal.Search;

/// <summary>Search over REST; the Search service does it.</summary>
public static class SearchApi
{
    /// <summary>Adds <c>/api/search</c>.</summary>
    public static void MapSearch(this IEndpointRouteBuilder api) =>
        api.MapPost("/search", SearchAsync).WithTags("Search").WithName("Search").WithSummary("Answers a query by one system over one corpus.");

    static async Task<Results<Ok<SearchResponse>, ProblemHttpResult>> SearchAsync(SearchRequest request, SearchClient search, CancellationToken ct)
    {
        try
        {
            return TypedResults.Ok(await search.SearchAsync(request, ct));
        }
        catch (ServiceException e)
        {
            return TypedResults.Problem(e.Message, statusCode: (int)e.Status);
        }
    }
}
