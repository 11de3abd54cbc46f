using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Synthesis;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Runs;

namespace ReasonIR.Portal.Tests.Pages;

/// <summary>The pages of runs of synthesis: the recipe as a flow, the report, the forecast.</summary>
public sealed class SynthesisPageTests(PortalFixture portal)
{
    static readonly SynthesizeSpec Recipe = new("rivers", "deep-water", "llm", Queries: new(2), Reasoned: new(64), Judge: new());

    static readonly SynthesisReport Report = new(
        40, 30, 55, 60, new Dictionary<string, int> { ["no usable answer"] = 2 },
        [new("queries", true, 58, [], [new("query names the document", 4, ["a query says \"the passage\""])]), new("judge", true, 0, [new("query graded below 3", 3, ["What is water?"])], []), new("positives", false, 0, [], [])],
        [new("query", 58, 61.25, 20, 31, 60, 95, 140, [new(20, 140, 58)])], [new("query", [0, 3, 5, 30, 20])], [], [],
        new(25, 4, 0.92, 0.617, 0.7, [[5, 0, 0, 0, 0], [0, 5, 0, 0, 0], [0, 0, 5, 0, 0], [0, 0, 0, 5, 0], [0, 0, 0, 0, 5]]),
        [new("hard-query", 44, 17_600, 8_800, 0.352m, 1.5), new("hard-query-repair", 2, 900, 400, 0.017m, 1.2)]);

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_run_shows_its_recipe_as_a_flow_with_counts_and_costs_and_its_report()
    {
        var page = await PageAsync(RunKinds.Synthesize, Recipe, new SynthesizeOutput("deep-water", 0, 55, 0.369m, Report: Report));
        Assert.Contains("data-step=\"queries\"", page);
        Assert.Contains("58 kept, 4 asked again", page);
        Assert.Contains("46 calls, cost 0.369", page);
        Assert.Contains("class=\"step-off\" data-step=\"positives\"", page);
        Assert.Contains("55 examples, 60 negatives", page);
        Assert.Contains("query names the document", page);
        Assert.Contains("2 (no usable answer)", page);
        Assert.Contains("kappa 0.617", page);
        Assert.Contains("61.3", page);
    }

    [Fact]
    public async Task A_run_shows_which_documents_fell_at_which_filter()
    {
        var seeds = new SeedReport(200, 50, [new("words", 30, 170, [new("d7", "12 words", "Too short to say much.")]), new("nearDuplicates", 0, 170, []), new("sample", 120, 50, [])], [new("2 to 40 words", 85, 25), new("41 to 90 words", 85, 25)], 1.5);
        var page = await PageAsync(RunKinds.Synthesize, Recipe, new SynthesizeOutput("deep-water", 0, 55, Seeds: seeds));
        Assert.Contains("50 of 200 documents are seeds (25", page);
        Assert.Contains("data-seed-step=\"words\"", page);
        Assert.Contains("href=\"corpora/rivers/documents/d7\"", page);
        Assert.Contains("12 words", page);
        Assert.Contains("Too short to say much.", page);
        Assert.Contains("near duplicates", page);
        Assert.Contains("41 to 90 words", page);
    }

    [Fact]
    public async Task A_dry_run_shows_what_the_whole_will_take()
    {
        var page = await PageAsync(RunKinds.SynthesisForecast, new SynthesisForecastSpec(Recipe),
            new SynthesisForecast(3, 1000, 4, new(2500, 2200, 2800), new(1_000_000, 900_000, 1_100_000), new(500_000, 450_000, 550_000), new(12.5, 11, 14), new(5400, 5000, 5800), 5, Report, ["Of one item alone no range can be told."]));
        Assert.Contains("synthesis-forecast", page);
        Assert.Contains("2,500", page);
        Assert.Contains("12.5", page);
        Assert.Contains("Time, 4 calls in flight", page);
        Assert.Contains("Of one item alone", page);
    }

    async Task<string> PageAsync<TSpec, TOutput>(string kind, TSpec spec, TOutput output)
    {
        await using var db = await portal.Services.GetRequiredService<IDbContextFactory<ExperimentsDb>>().CreateDbContextAsync(Token);
        var run = new Run
        {
            Kind = kind, Name = "a run", Spec = ExperimentsJson.Write(spec), State = RunState.Succeeded, Output = ExperimentsJson.Write(output),
            CreatedAt = DateTimeOffset.UtcNow, StartedAt = DateTimeOffset.UtcNow, EndedAt = DateTimeOffset.UtcNow,
        };
        db.Runs.Add(run);
        await db.SaveChangesAsync(Token);
        return System.Net.WebUtility.HtmlDecode(await portal.Filled.GetStringAsync($"runs/{run.Id}", Token));
    }
}
