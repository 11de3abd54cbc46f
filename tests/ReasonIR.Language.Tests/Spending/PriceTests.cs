using ReasonIR.Language.Chat;
using ReasonIR.Language.Spending;
using ReasonIR.Language.Tests.Chat;
using static ReasonIR.Testing.Chat.ScriptedReply;

namespace ReasonIR.Language.Tests.Spending;

public sealed class PriceTests
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    sealed class List(string model, Price price) : IPriceList
    {
        public Task<Price?> FindAsync(string name, DateOnly day, CancellationToken cancellation) => Task.FromResult(name == model && price.ValidFrom <= day ? price : null);
    }

    [Theory]
    [InlineData(100, 50, 0, null, 0.002)]
    [InlineData(100, 50, 60, null, 0.002)]
    [InlineData(100, 50, 60, 1.0, 0.00146)]
    public void Cached_input_has_its_own_price(int input, int output, int cached, double? cachedPrice, double expected) =>
        Assert.Equal((decimal)expected, new Price(10, 20, (decimal?)cachedPrice).Cost(new TokenUsage(input, output, CachedInput: cached)));

    [Fact]
    public async Task The_table_comes_before_the_settings()
    {
        await using var listed = await ChatFixture.StartAsync(_ => new Answer("ok"), settings => settings.InputPrice = 1, new List("scripted", new Price(10, 20, null, new DateOnly(2020, 1, 1))));
        await listed.Model.AskAsync(ChatFixture.Question(), ChatFixture.Purpose, listed.Budget(), Token);
        Assert.Equal(0.002m, Assert.Single(listed.Paid).Cost);
        await using var later = await ChatFixture.StartAsync(_ => new Answer("ok"), settings => settings.InputPrice = 1, new List("scripted", new Price(10, 20, null, new DateOnly(2999, 1, 1))));
        await later.Model.AskAsync(ChatFixture.Question(), ChatFixture.Purpose, later.Budget(), Token);
        Assert.Equal(0.0001m, Assert.Single(later.Paid).Cost);
        await using var none = await ChatFixture.StartAsync(_ => new Answer("ok"), prices: new List("other", new Price(10, 20, null, new DateOnly(2020, 1, 1))));
        Assert.Null(await none.Model.PriceAsync(Token));
        await none.Model.AskAsync(ChatFixture.Question(), ChatFixture.Purpose, none.Budget(), Token);
        Assert.Equal(0, Assert.Single(none.Paid).Cost);
    }
}
