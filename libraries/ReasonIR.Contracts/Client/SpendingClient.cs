using System.Globalization;
using System.Net.Http.Json;
using ReasonIR.Contracts.Serialization;
using ReasonIR.Contracts.Spending;

namespace ReasonIR.Contracts.Client;

/// <summary>What language models took, and what they cost, over the portal's REST API.</summary>
/// <param name="http">A client whose base address is the portal's.</param>
public sealed class SpendingClient(HttpClient http)
{
    /// <summary>Sums by day, model, endpoint, purpose, prompt or run.</summary>
    public Task<SpendingInfo> SpendingAsync(string by, DateOnly? from, DateOnly? to, long? run, CancellationToken ct) =>
        GetAsync<SpendingInfo>($"api/spending?by={Uri.EscapeDataString(by)}{Day("from", from)}{Day("to", to)}{Number("run", run)}", ct);

    /// <summary>Calls, newest first.</summary>
    public Task<Page<CallInfo>> CallsAsync(long? run, string? purpose, int skip, int take, CancellationToken ct) =>
        GetAsync<Page<CallInfo>>($"api/spending/calls?skip={skip}&take={take}&purpose={Uri.EscapeDataString(purpose ?? "")}{Number("run", run)}", ct);

    /// <summary>The price table.</summary>
    public Task<IReadOnlyList<PriceInfo>> PricesAsync(CancellationToken ct) => GetAsync<IReadOnlyList<PriceInfo>>("api/prices", ct);

    /// <summary>Sets a price.</summary>
    public async Task<PriceInfo> SetPriceAsync(PriceRequest request, CancellationToken ct)
    {
        using var response = await http.PutAsJsonAsync("api/prices", request, ReasonIrJson.Web, ct);
        return await ServiceException.ReadAsync<PriceInfo>(response, ct);
    }

    /// <summary>Takes a price out.</summary>
    public async Task RemovePriceAsync(long id, CancellationToken ct)
    {
        using var response = await http.DeleteAsync($"api/prices/{id}", ct);
        await ServiceException.ThrowIfFailedAsync(response, ct);
    }

    static string Day(string name, DateOnly? day) => day is { } set ? $"&{name}={set.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}" : "";

    static string Number(string name, long? number) => number is { } set ? $"&{name}={set.ToString(CultureInfo.InvariantCulture)}" : "";

    async Task<T> GetAsync<T>(string address, CancellationToken ct)
    {
        using var response = await http.GetAsync(address, ct);
        return await ServiceException.ReadAsync<T>(response, ct);
    }
}
