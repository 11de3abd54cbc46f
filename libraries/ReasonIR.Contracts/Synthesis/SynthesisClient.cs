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
    /// <summary>Which generators can be used now.</summary>
    public async Task<SynthesisCapabilities> CapabilitiesAsync(CancellationToken cancellationToken)
    {
        using var response = await http.GetAsync("capabilities", cancellationToken);
        return await ServiceException.ReadAsync<SynthesisCapabilities>(response, cancellationToken);
    }
}
