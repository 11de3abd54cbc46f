using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace ReasonIR.EndToEnd;

/// <summary>What a new user does: press the button, watch the run, read the leaderboard, search.</summary>
public sealed class LoopInBrowserTests(RunningSystem system)
{
    const float StartLimit = 60_000;
    const float LoopLimit = 10 * 60_000;

    [Fact]
    public async Task The_button_runs_the_loop_and_the_leaderboard_and_the_search_show_it()
    {
        await using var browser = await Browser.StartAsync();
        var complaints = new List<string>();
        var page = await browser.OpenAsync(system.Portal, complaints);
        await page.GotoAsync("/");
        await page.Locator("#run-sample").ClickAsync();

        await Expect(page).ToHaveURLAsync(new Regex("/runs/[0-9]+"), new() { Timeout = StartLimit });
        var id = long.Parse(new Uri(page.Url).Segments[^1], CultureInfo.InvariantCulture);
        // Without a reload: the page hears of the end by itself.
        var state = page.Locator("[data-run-state]").First;
        await Expect(state).ToHaveAttributeAsync("data-run-state", new Regex("succeeded|failed|canceled"), new() { Timeout = LoopLimit });
        var run = await system.Client.RunAsync(id, TestContext.Current.CancellationToken);
        Assert.True(run.Run.State == "succeeded", $"{run.Run.Error}\n{system.Output()}");
        Assert.Equal(["import", "index", "synthesize", "train", "index", "index", "evaluate"], run.Children.Select(child => child.Kind));

        var training = run.Children.Single(child => child.Kind == "train");
        Assert.Contains(await system.Client.MetricsAsync(training.Id, TestContext.Current.CancellationToken), point => point.Name == "loss");
        await page.GotoAsync($"/runs/{training.Id}");
        await Expect(page.Locator("figure.chart polyline").First).ToBeVisibleAsync();

        await page.GotoAsync("/leaderboard");
        foreach (var name in new[] { "bm25", "dense-before", "dense", "hybrid" })
            await Expect(page.Locator($"tr[data-system='{name}']").First).ToBeVisibleAsync();

        var corpus = (await system.Client.CorporaAsync(TestContext.Current.CancellationToken)).Single(found => found.QuerySets.Count > 0);
        await page.GotoAsync($"/search?corpus={corpus.Name}");
        await page.Locator("#query").FillAsync("Why does the cold bottle get wet on the outside?");
        await page.Locator("#search").ClickAsync();
        await Expect(page.Locator("[data-hit]").First).ToBeVisibleAsync();
        Assert.Empty(complaints);
    }
}
