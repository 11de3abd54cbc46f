using System.Net.Http.Json;
using ReasonIR.Contracts.Serialization;

namespace ReasonIR.Contracts.Trainer;

/// <summary>Calls the Trainer service.</summary>
/// <param name="http">A client whose base address is the service's.</param>
public sealed class TrainerClient(HttpClient http)
{
    /// <summary>What a run will take; throws <see cref="ServiceException"/> with the service's own words where the recipe names what is not there.</summary>
    public async Task<TrainEstimate> EstimateAsync(EstimateRequest request, CancellationToken cancellationToken)
    {
        using var response = await http.PostAsJsonAsync("estimate", request, ReasonIrJson.Web, cancellationToken);
        return await ServiceException.ReadAsync<TrainEstimate>(response, cancellationToken);
    }
}
