using System.Net.Http.Json;
using ReasonIR.Contracts.Serialization;

namespace ReasonIR.Contracts.Search;

/// <summary>Calls the Search service.</summary>
/// <param name="http">A client whose base address is the service's.</param>
public sealed class SearchClient(HttpClient http)
{
    /// <summary>Searches; throws <see cref="ServiceException"/> with the service's own words when it refuses.</summary>
    public async Task<SearchResponse> SearchAsync(SearchRequest request, CancellationToken cancellationToken)
    {
        using var response = await http.PostAsJsonAsync("search", request, ReasonIrJson.Web, cancellationToken);
        return await ServiceException.ReadAsync<SearchResponse>(response, cancellationToken);
    }
}
