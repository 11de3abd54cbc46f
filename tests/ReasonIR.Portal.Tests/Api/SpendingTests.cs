using ReasonIR.Contracts;
using ReasonIR.Contracts.Client;
using ReasonIR.Contracts.Spending;

namespace ReasonIR.Portal.Tests.Api;

public sealed class SpendingTests(PortalFixture portal)
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    SpendingClient Filled => new(portal.Filled);

    SpendingClient Empty => new(portal.Empty);

    [Fact]
    public async Task Sums_are_those_of_the_ledger()
    {
        var days = await Filled.SpendingAsync("day", null, null, null, Token);
        var today = Assert.Single(days.Rows);
        Assert.Equal((2, 9000, 500, 100, 0.0123m, 1, 1), (today.Calls, today.InputTokens, today.OutputTokens, today.ReasoningTokens, today.Cost, today.Batched, today.Repairs));
        Assert.Equal(0.0123m, days.Today);
        var models = await Filled.SpendingAsync("model", days.To.AddDays(-60), null, null, Token);
        Assert.Equal(["quill", "scribe"], models.Rows.Select(row => row.Key));
        Assert.Equal((3, 0.5123m), (models.Total.Calls, models.Total.Cost));
        var runs = await Filled.SpendingAsync("run", days.To.AddDays(-60), days.To, null, Token);
        Assert.Equal(["", portal.Rows.TrainRun.ToString()], runs.Rows.Select(row => row.Key));
        var old = await Filled.SpendingAsync("endpoint", days.To.AddDays(-60), days.To.AddDays(-30), null, Token);
        Assert.Equal(["judge"], old.Rows.Select(row => row.Key));
        Assert.Equal(2, (await Filled.SpendingAsync("purpose", null, null, portal.Rows.TrainRun, Token)).Rows.Count);
        Assert.Equal(0, (await Filled.SpendingAsync("prompt", null, null, 999_999, Token)).Total.Calls);
    }

    [Fact]
    public async Task Calls_are_listed_with_their_answers()
    {
        var page = await Filled.CallsAsync(portal.Rows.TrainRun, null, 0, 1, Token);
        Assert.Equal(2, page.Total);
        Assert.Equal(("hard-query-repair", "{}", true), (page.Items[0].Purpose, page.Items[0].Text, page.Items[0].Batch));
        Assert.Equal(1, (await Filled.CallsAsync(null, "rewrite", 0, 50, Token)).Total);
    }

    [Fact]
    public async Task What_cannot_be_meant_is_refused()
    {
        Assert.Contains("by: expected day", (await Assert.ThrowsAsync<ServiceException>(() => Filled.SpendingAsync("planet", null, null, null, Token))).Message);
        Assert.Contains("from: expected a day up to 2020-01-01", (await Assert.ThrowsAsync<ServiceException>(() => Filled.SpendingAsync("day", new(2021, 1, 1), new(2020, 1, 1), null, Token))).Message);
        var error = await Assert.ThrowsAsync<ServiceException>(() => Filled.SetPriceAsync(new(" ", -1, 1, new DateOnly(1900, 1, 1)), Token));
        Assert.Contains("model:", error.Message);
        Assert.Contains("input: expected 0 to", error.Message);
        Assert.Contains("validFrom:", error.Message);
        Assert.Contains("no price '12345'", (await Assert.ThrowsAsync<ServiceException>(() => Filled.RemovePriceAsync(12345, Token))).Message);
    }

    [Fact]
    public async Task Prices_are_dated_replaced_and_removed()
    {
        var today = DateOnly.FromDateTime(DateTime.UtcNow);
        var old = await Empty.SetPriceAsync(new("pen", 1, 2, today.AddDays(-10), Note: "list"), Token);
        var now = await Empty.SetPriceAsync(new("pen", 3, 4, CachedInput: 0.5m), Token);
        var next = await Empty.SetPriceAsync(new("pen", 5, 6, today.AddDays(10)), Token);
        Assert.Equal((false, true, false), (Current(old.Id), Current(now.Id), Current(next.Id)));
        var again = await Empty.SetPriceAsync(new("pen", 3.5m, 4), Token);
        Assert.Equal((now.Id, 3.5m, null), (again.Id, again.Input, again.CachedInput));
        await Empty.RemovePriceAsync(now.Id, Token);
        Assert.True(Current(old.Id));
        foreach (var price in await Empty.PricesAsync(Token))
            await Empty.RemovePriceAsync(price.Id, Token);

        bool Current(long id) => Empty.PricesAsync(Token).GetAwaiter().GetResult().Single(price => price.Id == id).Current;
    }
}
