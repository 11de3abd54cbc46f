using ReasonIR.Contracts.Runs.Synthesis;
using ReasonIR.Synthesis.Engine;
using ReasonIR.Synthesis.Steps;

namespace ReasonIR.Synthesis.Tests.Recipes;

public sealed class StepTests
{
    const string Document = "Raising the temperature of a gas in a closed vessel raises its pressure, because its molecules hit the walls faster and more often than before they were warmed.";

    [Theory]
    [InlineData("My can of spray was left beside the stove all afternoon and now it hisses and bulges; what is about to happen?", null)]
    [InlineData("Why does it hiss?", "query too short")]
    [InlineData("According to the passage, what happens to a can of spray that somebody leaves beside the stove for a long afternoon?", "query names the document")]
    [InlineData("My can hisses now: is it that its molecules hit the walls faster and more often than before they stood there?", "query copies the document")]
    [InlineData("Meine Dose stand den ganzen Nachmittag neben dem Herd und nun zischt sie; was wird wohl mit ihr geschehen, wenn ich sie nicht bald von dort wegnehme?", "query in another language")]
    [InlineData("Does temperature raise pressure because molecules of a vessel hit walls faster than before, more often, when warmed?", "query shares too many words")]
    public void A_query_is_checked(string query, string? reason) =>
        Assert.Equal(reason, QueryChecks.Failure(query, Document, new HardQuerySettings(LeastWords: 8, CopiedWords: 9, SharedWords: 0.6))?.Reason);

    [Fact]
    public void Lengths_are_drawn_evenly_and_by_number_alone()
    {
        var settings = new VariedLengthSettings(LeastWords: 300, MostWords: 2000);
        var draws = Enumerable.Range(0, 4000).Select(number => VariedLengthStep.Draws(3, number, settings)).ToList();
        Assert.Equal(draws[7], VariedLengthStep.Draws(3, 7, settings));
        Assert.NotEqual(draws[7], VariedLengthStep.Draws(4, 7, settings));
        Assert.All(draws, draw => Assert.True(draw.Query is >= 300 and <= 2000 && draw.Document is >= 300 and <= 2000));
        // The mean of 4,000 even draws is within four of its standard errors (7.8 words).
        Assert.InRange(draws.Average(draw => draw.Query), 1150 - 31, 1150 + 31);
        Assert.InRange(draws.Average(draw => draw.Document), 1150 - 31, 1150 + 31);
        // Query and document are drawn apart.
        Assert.InRange(draws.Count(draw => draw.Query == draw.Document), 0, 12);
    }

    [Fact]
    public void A_spread_tells_the_numbers_that_are_there()
    {
        var spread = ReportBuilder.SpreadOf("words", new(Enumerable.Range(1, 100).ToDictionary(number => number, _ => 2)));
        Assert.Equal((200, 50.5, 1, 10, 50, 90, 100), (spread.Count, spread.Mean, spread.Least, spread.P10, spread.Median, spread.P90, spread.Most));
        Assert.Equal(200, spread.Bins.Sum(bin => bin.Count));
        Assert.InRange(spread.Bins.Count, 2, 12);
        Assert.Equal((1, 100), (spread.Bins[0].From, Math.Min(100, spread.Bins[^1].To)));
        var single = ReportBuilder.SpreadOf("one", new() { [7] = 3 });
        Assert.Equal((3, 7, 7, 7, 1), (single.Count, single.P10, single.Median, single.P90, single.Bins.Count));
    }
}
