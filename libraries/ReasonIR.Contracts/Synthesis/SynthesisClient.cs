using System.Net.Http.Json;
using ReasonIR.Contracts.Serialization;

namespace ReasonIR.Contracts.Synthesis;

/// <summary>What the Synthesis service can do as it is configured.</summary>
/// <param name="Generators"><c>extractive</c> always, <c>llm</c> where a chat endpoint is configured.</param>
/// <param name="ChatModel">The chat model's name, or null.</param>
/// <param name="Hint">What to set so that <c>llm</c> works, or null where it does.</param>
/// <param name="CostCap">The cost cap of a run that names none, or null.</param>
public sealed record SynthesisCapabilities(IReadOnlyList<string> Generators, string? ChatModel, string? Hint, decimal? CostCap = null);

/// <summary>Calls the Synthesis service.</summary>
/// <param name="http">A client whose base address is the service's.</param>
public sealed class SynthesisClient(HttpClient http)
{
    /// <summary>Rewrites of queries; throws <see cref="ServiceException"/> with the service's own words where there are none.</summary>
    public async Task<RewriteAnswer> RewriteAsync(RewriteRequest request, CancellationToken cancellationToken)
    {
        using var response = await http.PostAsJsonAsync("rewrite", request, ReasonIrJson.Web, cancellationToken);
        return await ServiceException.ReadAsync<RewriteAnswer>(response, cancellationToken);
    }

    /// <summary>Scores of texts for a query; throws <see cref="ServiceException"/> with the service's own words where there are none.</summary>
    public async Task<RerankAnswer> RerankAsync(RerankRequest request, CancellationToken cancellationToken)
    {
        using var response = await http.PostAsJsonAsync("rerank", request, ReasonIrJson.Web, cancellationToken);
        return await ServiceException.ReadAsync<RerankAnswer>(response, cancellationToken);
    }

    /// <summary>Which generators can be used now.</summary>
    public async Task<SynthesisCapabilities> CapabilitiesAsync(CancellationToken cancellationToken)
    {
        using var response = await http.GetAsync("capabilities", cancellationToken);
        return await ServiceException.ReadAsync<SynthesisCapabilities>(response, cancellationToken);
    }
}
