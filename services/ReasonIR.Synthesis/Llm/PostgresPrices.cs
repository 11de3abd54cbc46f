using Microsoft.EntityFrameworkCore;
using ReasonIR.Experiments;
using ReasonIR.Language.Spending;

namespace ReasonIR.Synthesis.Llm;

/// <summary>The price table in <c>llm_prices</c>, read again every few seconds: whoever edits it need not start anything anew.</summary>
public sealed class PostgresPrices(IDbContextFactory<ExperimentsDb> contexts, TimeProvider time) : IPriceList
{
    static readonly TimeSpan Fresh = TimeSpan.FromSeconds(5);

    readonly SemaphoreSlim reading = new(1);
    Dictionary<string, List<Price>> prices = [];
    long? readAt;

    public async Task<Price?> FindAsync(string model, DateOnly day, CancellationToken cancellation)
    {
        await reading.WaitAsync(cancellation);
        try
        {
            if (readAt is not { } at || time.GetElapsedTime(at) > Fresh)
            {
                await using var db = await contexts.CreateDbContextAsync(cancellation);
                var rows = await db.LlmPrices.AsNoTracking().OrderByDescending(price => price.ValidFrom).ToListAsync(cancellation);
                prices = rows.GroupBy(row => row.Model).ToDictionary(group => group.Key, group => group.Select(row => new Price(row.Input, row.Output, row.CachedInput, row.ValidFrom)).ToList());
                readAt = time.GetTimestamp();
            }
            return prices.GetValueOrDefault(model)?.Find(price => price.ValidFrom <= day);
        }
        finally
        {
            reading.Release();
        }
    }
}
