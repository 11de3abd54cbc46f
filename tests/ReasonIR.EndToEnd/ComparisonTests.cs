using ReasonIR.Contracts.Client;
using ReasonIR.Contracts.Runs;
using ReasonIR.Testing;
using static Microsoft.Playwright.Assertions;

namespace ReasonIR.EndToEnd;

/// <summary>Two results over BRIGHT's reduced pool that differ in two decisions: both are named, and measured once the missing runs are there.</summary>
public sealed class ComparisonTests(RunningSystem system)
{
    const string Measure = "ndcg_cut_10";
    static readonly TimeSpan Limit = TimeSpan.FromMinutes(5);

    [Fact]
    public async Task Dropped_exclusions_and_another_bm25_are_named_with_their_shares()
    {
        var folder = SharedData.Require("data/bright/pool-theoremqa_questions");
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Limit);
        var (client, ct) = (system.Client, limit.Token);
        var comparison = new ComparisonClient(new HttpClient { BaseAddress = system.Portal });
        var upload = await client.CreateUploadAsync(ct);
        foreach (var name in new[] { "documents.jsonl", "examples.jsonl" })
        {
            await using var file = File.OpenRead(Path.Combine(folder, name));
            await client.UploadAsync(upload.Id, name, file, ct);
        }
        await DoneAsync(new ImportSpec("pool", upload.Id));
        await DoneAsync(new IndexSpec("pool", "bm25"));
        // What the paper did, and what somebody does who forgets the exclusions and takes another BM25.
        var a = await MeasureAsync(new EvaluateSpec("pool", [new("paper", "bm25", Bm25: new("bright"))]));
        var b = await MeasureAsync(new EvaluateSpec("pool", [new("ours", "bm25", Bm25: new("lucene"))], Exclusions: false));

        var before = await comparison.ExplainAsync(a, b, Measure, ct);
        Assert.Equal(["exclusions", "bm25 variant"], before.Causes.Select(cause => cause.Name));
        Assert.All(before.Causes, cause => Assert.True(cause.Share is null && cause.Missing.Count == 2, cause.Basis));
        Assert.True(before.Difference > 0.05, $"{before.Difference}");

        await using var browser = await Browser.StartAsync();
        var complaints = new List<string>();
        var page = await browser.OpenAsync(system.Portal, complaints);
        await page.GotoAsync($"/compare?a={a}&b={b}");
        await Expect(page.Locator("[data-cause='exclusions']")).ToContainTextAsync("B removed 0");
        // The button starts the run with the one field changed.
        await page.Locator("[data-cause='exclusions'] button").First.ClickAsync();
        await Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/runs/[0-9]+"));
        var started = (await client.RunsAsync("evaluate", null, 0, 1, ct)).Items[0];
        await EndAsync(started.Id);

        var after = await comparison.ExplainAsync(a, b, Measure, ct);
        Assert.All(after.Causes, cause => Assert.NotNull(cause.Share));
        Assert.Equal(1, after.Causes.Sum(cause => cause.Share!.Value), 9);
        Assert.Equal(after.Difference, after.Causes.Sum(cause => cause.Effect!.Value), 9);
        Assert.All(after.Causes, cause => Assert.True(cause.Effect > 0.01, $"{cause.Name} {cause.Effect}"));
        await page.GotoAsync($"/compare?a={a}&b={b}");
        await Expect(page.Locator("[data-cause='bm25 variant']")).ToContainTextAsync("of the difference");

        // With the other one in between both orders are measured: the mean of both still sums up.
        await EndAsync((await comparison.StartMissingAsync(a, b, "bm25 variant", Measure, fromB: false, ct)).Id);
        var both = await comparison.ExplainAsync(a, b, Measure, ct);
        Assert.All(both.Causes, cause => Assert.Equal(4, cause.Results.Distinct().Count() + (cause.Results.Count == 3 ? 1 : 0)));
        Assert.Equal(1, both.Causes.Sum(cause => cause.Share!.Value), 9);
        // Exclusions are judged to be no gold: they cost rank, so a run without them is worse by every test.
        Assert.True(both.Tests!.RandomizationP < 0.01 && both.Tests.TP < 0.01 && both.Tests.WilcoxonP < 0.01);
        Assert.InRange(both.Similarity!.Overlap, 0.1, 0.99);

        foreach (var address in new[] { "/leaderboard?corpus=pool", $"/corpora/pool/judge/test", $"/corpora/pool/judge/test?tab=history", "/contamination", $"/results/{a}" })
        {
            await page.GotoAsync(address);
            await Expect(page.Locator("h1")).ToBeVisibleAsync();
        }
        // Judging in the browser: kept with the name, and the results over the former version say so.
        await page.GotoAsync("/corpora/pool/judge/test");
        await page.Locator("#author").FillAsync("Ada");
        await page.Locator("[data-document] button:not([disabled])").First.ClickAsync();
        await Expect(page.Locator("[data-document] .badge").First).ToContainTextAsync("judged 0");
        Assert.Equal("Ada", (await comparison.JudgmentHistoryAsync("pool", "test", 0, 1, ct)).Items[0].Author);
        Assert.Contains("now at version 2", (await comparison.ExplainAsync(a, b, Measure, ct)).A.Outdated);
        Assert.Empty(complaints);

        async Task<long> MeasureAsync(EvaluateSpec spec)
        {
            var detail = await DoneAsync(spec);
            return (await client.LeaderboardAsync("pool", ct)).Single(result => result.RunId == detail.Run.Id).Id;
        }

        async Task<RunDetail> DoneAsync(IRunSpec spec) => await EndAsync((await client.StartAsync(spec, ct)).Id);

        async Task<RunDetail> EndAsync(long id)
        {
            while (true)
            {
                var detail = await client.RunAsync(id, ct);
                if (detail.Run.Ended)
                {
                    Assert.True(detail.Run.State == "succeeded", detail.Run.Error);
                    return detail;
                }
                await Task.Delay(200, ct);
            }
        }
    }
}
