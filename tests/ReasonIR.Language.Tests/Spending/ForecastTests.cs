using ReasonIR.Language.Spending;

namespace ReasonIR.Language.Tests.Spending;

public sealed class ForecastTests
{
    [Fact]
    public void Equal_items_give_an_exact_total()
    {
        var forecast = Forecast.From([.. Enumerable.Repeat(new ItemCost(3, 1000, 500, 0.02m, 4), 5)], 200, 8);
        Assert.Equal(new Expected(600, 600, 600), forecast.Calls);
        Assert.Equal(200_000, forecast.InputTokens.Value);
        Assert.Equal(4, forecast.Cost.Value, 9);
        Assert.Equal(100, forecast.Seconds.Value, 9);
    }

    [Fact]
    public void The_range_is_that_of_the_t_distribution()
    {
        // Mean 3, deviation 1, k 3, n 12: 4.3027 * sqrt(12 + 48).
        var forecast = Forecast.From([new(2, 0, 0, 0, 1), new(3, 0, 0, 0, 1), new(4, 0, 0, 0, 1)], 12, 1);
        Assert.Equal(36, forecast.Calls.Value, 9);
        Assert.Equal(36 + 4.3027 * Math.Sqrt(60), forecast.Calls.High, 9);
        Assert.Equal(36 - 4.3027 * Math.Sqrt(60), forecast.Calls.Low, 9);
    }

    [Theory]
    [InlineData(1, 12.7062)]
    [InlineData(10, 2.2281)]
    [InlineData(11, 2.2010)]
    [InlineData(30, 2.0423)]
    [InlineData(1000, 1.9623)]
    public void Quantiles_are_those_of_the_tables(int freedom, double expected) => Assert.Equal(expected, Forecast.StudentT(freedom), 0.001);

    [Fact]
    public void The_range_holds_the_truth_as_often_as_it_says()
    {
        var random = new Random(7);
        ItemCost Item() => new(1, (long)(1000 + 400 * (random.NextDouble() + random.NextDouble() + random.NextDouble() - 1.5)), 0, 0, 0);
        var held = 0;
        for (var trial = 0; trial < 2000; trial++)
        {
            var forecast = Forecast.From([.. Enumerable.Range(0, 8).Select(_ => Item())], 100, 4);
            var truth = Enumerable.Range(0, 100).Sum(_ => Item().InputTokens);
            if (truth >= forecast.InputTokens.Low && truth <= forecast.InputTokens.High)
                held++;
        }
        Assert.InRange(held / 2000.0, 0.93, 0.97);
    }

    [Fact]
    public void One_item_is_too_few() => Assert.Throws<ArgumentException>(() => Forecast.From([new(1, 1, 1, 1, 1)], 10, 1));
}
