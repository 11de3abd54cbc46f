using ReasonIR.Language.Chat;

namespace ReasonIR.Language.Spending;

/// <summary>What a model costs, a million tokens, in the currency of the caps.</summary>
/// <param name="CachedInput">Input that the server had in its own cache; null: as other input.</param>
/// <param name="ValidFrom">The first day (UTC) it holds; null: the settings' price, which holds always.</param>
public sealed record Price(decimal Input, decimal Output, decimal? CachedInput = null, DateOnly? ValidFrom = null)
{
    const decimal Million = 1_000_000m;

    public decimal Cost(TokenUsage usage) =>
        ((usage.Input - usage.CachedInput) * Input + usage.CachedInput * (CachedInput ?? Input) + usage.Output * Output) / Million;

    /// <summary>The most that a request can cost, by its estimated input and its output bound.</summary>
    internal decimal Most(ChatRequest request) =>
        (RequestBody.EstimateTokens(request) * Math.Max(Input, CachedInput ?? Input) + (decimal)request.MaxOutputTokens * Output) / Million;
}

/// <summary>The price table.</summary>
public interface IPriceList
{
    /// <summary>The price of a model that holds on a day: the newest that is valid by then, or null where there is none.</summary>
    Task<Price?> FindAsync(string model, DateOnly day, CancellationToken cancellation);
}
