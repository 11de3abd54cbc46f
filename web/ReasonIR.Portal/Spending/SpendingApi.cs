using Microsoft.AspNetCore.Http.HttpResults;
using ReasonIR.Contracts;
using ReasonIR.Contracts.Spending;

namespace ReasonIR.Portal.Spending;

/// <summary>Spending and prices over REST.</summary>
public static class SpendingApi
{
    /// <summary>Adds the endpoints.</summary>
    public static void MapSpending(this IEndpointRouteBuilder api)
    {
        var spending = api.MapGroup("/spending").WithTags("Spending");
        spending.MapGet("/", ReadAsync).WithName("GetSpending").WithSummary("What language models took: by=day|model|endpoint|purpose|prompt|run, from and to (UTC days, default the last 30), run.");
        spending.MapGet("/calls", CallsAsync).WithName("ListCalls").WithSummary("Answers that were paid for, newest first.");
        var prices = api.MapGroup("/prices").WithTags("Spending");
        prices.MapGet("/", ListAsync).WithName("ListPrices").WithSummary("The price table.");
        prices.MapPut("/", SetAsync).WithName("SetPrice").WithSummary("Sets a model's price from a day on; one of the same day is replaced.");
        prices.MapDelete("/{id:long}", RemoveAsync).WithName("RemovePrice").WithSummary("Takes a price out; what was paid by it stays.");
    }

    static async Task<Ok<SpendingInfo>> ReadAsync(string? by, DateOnly? from, DateOnly? to, long? run, SpendingService spending, CancellationToken ct) =>
        TypedResults.Ok(await spending.ReadAsync(by, from, to, run, ct));

    static async Task<Ok<Page<CallInfo>>> CallsAsync(long? run, string? purpose, [AsParameters] Paging paging, SpendingService spending, CancellationToken ct)
    {
        paging = paging.Checked();
        return TypedResults.Ok(await spending.CallsAsync(run, purpose, paging.First, paging.Count, ct));
    }

    static async Task<Ok<IReadOnlyList<PriceInfo>>> ListAsync(PricesService prices, CancellationToken ct) => TypedResults.Ok(await prices.ListAsync(ct));

    static async Task<Ok<PriceInfo>> SetAsync(PriceRequest request, PricesService prices, CancellationToken ct) => TypedResults.Ok(await prices.SetAsync(request, ct));

    static async Task<Results<NoContent, ProblemHttpResult>> RemoveAsync(long id, PricesService prices, CancellationToken ct) =>
        await prices.RemoveAsync(id, ct) ? TypedResults.NoContent() : Missing.Of("price", id);
}
