namespace ReasonIR.Contracts.Spending;

/// <summary>What a model's tokens cost from a day on, a million of them.</summary>
/// <param name="Id">Its number.</param>
/// <param name="Model">The model's name as the endpoint knows it.</param>
/// <param name="ValidFrom">The first day (UTC) it holds.</param>
/// <param name="Input">Input tokens.</param>
/// <param name="Output">Output tokens.</param>
/// <param name="CachedInput">Input tokens that the server had in its cache; null: as other input.</param>
/// <param name="Note">Where it is from.</param>
/// <param name="Current">It holds today.</param>
public sealed record PriceInfo(long Id, string Model, DateOnly ValidFrom, decimal Input, decimal Output, decimal? CachedInput, string Note, bool Current);

/// <summary>Sets a price; one of the same model and day is replaced.</summary>
/// <param name="Model">The model's name as the endpoint knows it.</param>
/// <param name="Input">A million input tokens.</param>
/// <param name="Output">A million output tokens.</param>
/// <param name="ValidFrom">The first day (UTC) it holds; null: today.</param>
/// <param name="CachedInput">A million input tokens that the server had in its cache; null: as other input.</param>
/// <param name="Note">Where it is from.</param>
public sealed record PriceRequest(string Model, decimal Input, decimal Output, DateOnly? ValidFrom = null, decimal? CachedInput = null, string? Note = null)
{
    const decimal Most = 1_000_000;

    /// <summary>Every problem at once, each naming its field.</summary>
    public IEnumerable<string> Problems() =>
    [
        .. string.IsNullOrWhiteSpace(Model) || Model.Length > 200 ? new[] { "model: expected 1 to 200 characters." } : [],
        .. Amount("input", Input), .. Amount("output", Output), .. CachedInput is { } cached ? Amount("cachedInput", cached) : [],
        .. Note is { Length: > 500 } ? new[] { "note: expected at most 500 characters." } : [],
        .. ValidFrom is { Year: < 2000 or > 2200 } day ? new[] { $"validFrom: expected a day from 2000 to 2200, found {day:O}." } : [],
    ];

    static string[] Amount(string field, decimal value) => value is >= 0 and <= Most ? [] : [FormattableString.Invariant($"{field}: expected 0 to {Most}, found {value}.")];
}
