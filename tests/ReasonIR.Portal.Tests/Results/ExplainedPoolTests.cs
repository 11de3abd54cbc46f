using System.Net;
using ReasonIR.Contracts.Client;
using ReasonIR.Contracts.Runs;
using ReasonIR.Testing;
using ReasonIR.Testing.Services;

namespace ReasonIR.Portal.Tests.Results;

/// <summary>Real results over BRIGHT's reduced pool, measured by the Search service as a process beside the portal.</summary>
public sealed class ExplainedPoolTests(PortalFixture portal)
{
    const string Measure = "ndcg_cut_10";

    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Dropped_exclusions_and_another_bm25_are_named_with_their_shares()
    {
        var folder = SharedData.Require("data/bright/pool-theoremqa_questions");
        await using var service = await ServiceUnderTest<Program>.StartAsync(portal.Postgres);
        using var search = ServiceProcess.Start("ReasonIR.Search", new Dictionary<string, string> { ["ConnectionStrings:reasonir"] = service.Connection, ["REASONIR_ARTIFACTS"] = service.Artifacts });
        var comparison = new ComparisonClient(service.Http);
        await service.MakeAsync<ImportOutput>(new ImportSpec("pool", service.UploadFolder(folder)));
        await service.MakeAsync<IndexOutput>(new IndexSpec("pool", "bm25"));
        // What the paper did, and what somebody does who forgets the exclusions and takes another BM25.
        var a = (await service.MakeAsync<EvaluateOutput>(new EvaluateSpec("pool", [new("paper", "bm25", Bm25: new("bright"))]))).Results["paper"];
        var b = (await service.MakeAsync<EvaluateOutput>(new EvaluateSpec("pool", [new("ours", "bm25", Bm25: new("lucene"))], Exclusions: false))).Results["ours"];

        var before = await comparison.ExplainAsync(a, b, Measure, Token);
        Assert.Equal(["exclusions", "bm25 variant"], before.Causes.Select(cause => cause.Name));
        Assert.All(before.Causes, cause => Assert.True(cause.Share is null && cause.Missing.Count == 2, cause.Basis));
        Assert.True(before.Difference > 0.05, $"{before.Difference}");
        var page = await (await service.Http.GetAsync($"/compare?a={a}&b={b}", Token)).Content.ReadAsStringAsync(Token);
        Assert.Contains("Measure A without exclusions", WebUtility.HtmlDecode(page));

        // The missing run: the same with the one decision changed.
        await EndAsync((await comparison.StartMissingAsync(a, b, "exclusions", Measure, fromB: false, Token)).Id);
        var after = await comparison.ExplainAsync(a, b, Measure, Token);
        TestContext.Current.SendDiagnosticMessage(string.Join("; ", after.Causes.Select(cause => $"{cause.Name} {cause.Effect:0.0000} {cause.Share:P1}")) + $"; all {after.Difference:0.0000}");
        Assert.All(after.Causes, cause => Assert.True(cause.Effect > 0.005, $"{cause.Name} {cause.Effect}"));
        Assert.Equal(after.Difference, after.Causes.Sum(cause => cause.Effect!.Value), 9);
        Assert.Equal(1, after.Causes.Sum(cause => cause.Share!.Value), 9);

        // With the other one too, both orders are measured; their means still sum up.
        await EndAsync((await comparison.StartMissingAsync(a, b, "bm25 variant", Measure, fromB: false, Token)).Id);
        var both = await comparison.ExplainAsync(a, b, Measure, Token);
        Assert.All(both.Causes, cause => Assert.Equal(4, cause.Results.Count));
        Assert.Equal(1, both.Causes.Sum(cause => cause.Share!.Value), 9);
        Assert.True(both.Tests!.RandomizationP < 0.01 && both.Tests.TP < 0.01 && both.Tests.WilcoxonP < 0.01);
        Assert.InRange(both.Similarity!.Overlap, 0.1, 0.99);
        Assert.NotEmpty(both.Wins);

        // Four systems on the board: the best and the worst share no group.
        var board = Assert.Single(await comparison.SignificanceAsync("pool", Measure, "t", "holm", 0.05, Token));
        Assert.Equal(4, board.Systems.Count);
        Assert.Equal((a, b), (board.Systems[0].ResultId, board.Systems[^1].ResultId));
        Assert.Empty(board.Systems[0].Letters.Intersect(board.Systems[^1].Letters));
        Assert.Contains("data-groups", await (await service.Http.GetAsync("/leaderboard", Token)).Content.ReadAsStringAsync(Token));

        // A judgment makes a version; results over the former one say so and are left out.
        var pool = await comparison.PoolAsync([a, b], 5, 0, 10, Token);
        Assert.True(pool.Total > 100 && pool.Items.All(item => item.Text.Length > 0));
        await comparison.JudgeAsync("pool", "test", new([new(pool.Items[0].QueryId, pool.Items[0].DocumentId, 1)], "Ada"), Token);
        Assert.Equal(pool.Total - 1, (await comparison.PoolAsync([a, b], 5, 0, 1, Token)).Total);
        var outdated = await comparison.ExplainAsync(a, b, Measure, Token);
        Assert.Contains("now at version 2", outdated.A.Outdated);
        Assert.Empty(outdated.Causes.SelectMany(cause => cause.Missing));
        Assert.Empty(await comparison.SignificanceAsync("pool", Measure, "t", "holm", 0.05, Token));
        foreach (var address in new[] { "/corpora/pool/judge/test", "/corpora/pool/judge/test?tab=history", "/contamination", $"/results/{a}", $"/compare?a={a}" })
        {
            using var answer = await service.Http.GetAsync(address, Token);
            var html = await answer.Content.ReadAsStringAsync(Token);
            Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
            Assert.DoesNotContain("This page failed", html);
        }
        Assert.Contains("Ada", await service.Http.GetStringAsync("/corpora/pool/judge/test?tab=history", Token));

        async Task EndAsync(long id)
        {
            var run = await service.Queue.WaitAsync(id, Token);
            Assert.True(run.State == Experiments.Runs.RunState.Succeeded, run.Error);
        }
    }
}
