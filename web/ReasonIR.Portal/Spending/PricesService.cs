using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Spending;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Language;

namespace ReasonIR.Portal.Spending;

/// <summary>The price table. What was paid keeps the price of its day.</summary>
public sealed class PricesService(IDbContextFactory<ExperimentsDb> databases)
{
    /// <summary>By model, the newest first.</summary>
    public async Task<IReadOnlyList<PriceInfo>> ListAsync(CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        var rows = await db.LlmPrices.AsNoTracking().OrderBy(price => price.Model).ThenByDescending(price => price.ValidFrom).Take(2000).ToListAsync(ct);
        var today = Today;
        var current = rows.Where(row => row.ValidFrom <= today).GroupBy(row => row.Model).Select(group => group.First().Id).ToHashSet();
        return [.. rows.Select(row => Describe(row, current.Contains(row.Id)))];
    }

    /// <summary>Sets a price; one of the same model and day is replaced.</summary>
    /// <exception cref="ArgumentException">Names the fields and what was expected.</exception>
    public async Task<PriceInfo> SetAsync(PriceRequest request, CancellationToken ct)
    {
        if (request.Problems().ToList() is { Count: > 0 } problems)
            throw new ArgumentException(string.Join(" ", problems));
        var (model, day) = (request.Model.Trim(), request.ValidFrom ?? Today);
        await using var db = await databases.CreateDbContextAsync(ct);
        await db.Database.ExecuteSqlAsync(
            $"""
            insert into llm_prices (model, valid_from, input, output, cached_input, note) values ({model}, {day}, {request.Input}, {request.Output}, {request.CachedInput}, {request.Note?.Trim() ?? ""})
            on conflict (model, valid_from) do update set input = excluded.input, output = excluded.output, cached_input = excluded.cached_input, note = excluded.note
            """, ct);
        return (await ListAsync(ct)).First(price => price.Model == model && price.ValidFrom == day);
    }

    /// <summary>False where there is no such price.</summary>
    public async Task<bool> RemoveAsync(long id, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        return await db.LlmPrices.Where(price => price.Id == id).ExecuteDeleteAsync(ct) > 0;
    }

    static DateOnly Today => DateOnly.FromDateTime(DateTime.UtcNow);

    static PriceInfo Describe(LlmPrice row, bool current) => new(row.Id, row.Model, row.ValidFrom, row.Input, row.Output, row.CachedInput, row.Note, current);
}
