using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using ReasonIR.Contracts.Client;
using ReasonIR.Contracts.Judging;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Corpora;

namespace ReasonIR.Portal.Tests.Api;

/// <summary>Results against each other, pools and judgments, as scripts see them.</summary>
public sealed class ComparisonTests(PortalFixture portal)
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    ComparisonClient Client => new(portal.Filled);

    [Fact]
    public async Task Two_results_are_explained()
    {
        var difference = await Client.ExplainAsync(portal.Rows.Dense, portal.Rows.Baseline, "ndcg_cut_10", Token);
        Assert.Equal(0.25, difference.Difference, 12);
        Assert.Equal(["q2"], difference.Wins.Select(query => query.QueryId));
        Assert.Equal(["q1"], difference.Losses.Select(query => query.QueryId));
        Assert.Equal((2, 1, 1), (difference.Tests!.Queries, difference.Tests.Wins, difference.Tests.Losses));
        // The baseline's provenance records neither model nor revision: what only one of them knows is no difference.
        Assert.Empty(difference.Causes);
        Assert.Contains(difference.Notes, note => note.Contains("recorded less"));
        Assert.Null(difference.Similarity);
    }

    [Fact]
    public async Task A_leaderboard_has_groups_and_refuses_words_it_does_not_know()
    {
        var board = Assert.Single(await Client.SignificanceAsync("tides", "ndcg_cut_10", "wilcoxon", "bh", 0.05, Token));
        Assert.Single(Assert.Single(await Client.SignificanceAsync("tides", "ndcg_cut_10", "wilcoxon", "bh", 0.05, Token, ["bm25", "dense"])).Pairs);
        Assert.Empty(await Client.SignificanceAsync("tides", "ndcg_cut_10", "wilcoxon", "bh", 0.05, Token, ["dense"]));
        Assert.Contains("'nobody'", (await Assert.ThrowsAsync<Contracts.ServiceException>(() => Client.SignificanceAsync("tides", "ndcg_cut_10", "t", "bh", 0.05, Token, ["nobody"]))).Message);
        Assert.Equal(["dense", "bm25"], board.Systems.Select(system => system.System));
        Assert.Equal(["a", "a"], board.Systems.Select(system => system.Letters));
        Assert.False(Assert.Single(board.Pairs).Differs);
        foreach (var (query, field) in new[] { ("test=chance", "test"), ("correction=luck", "correction"), ("level=2", "level") })
        {
            using var response = await portal.Filled.GetAsync($"/api/leaderboard/significance?{query}", Token);
            await Problems.ExpectAsync(response, HttpStatusCode.BadRequest, field);
        }
    }

    [Theory]
    [InlineData("/api/results/999999/difference/1", HttpStatusCode.NotFound, "There is no")]
    [InlineData("/api/contamination/999999", HttpStatusCode.NotFound, "There is no")]
    [InlineData("/api/contamination/999999/findings", HttpStatusCode.NotFound, "There is no")]
    [InlineData("/api/models/none/exposure", HttpStatusCode.NotFound, "There is no")]
    [InlineData("/api/results/999999/exposure", HttpStatusCode.NotFound, "There is no")]
    [InlineData("/api/corpora/tides/query-sets/none/judgments/history", HttpStatusCode.NotFound, "There is no")]
    [InlineData("/api/pool?results=one", HttpStatusCode.BadRequest, "results")]
    [InlineData("/api/pool?results=999999", HttpStatusCode.BadRequest, "999999")]
    public async Task What_is_not_there_or_cannot_be_meant_is_a_problem_document(string address, HttpStatusCode status, string words)
    {
        using var response = await portal.Filled.GetAsync(address, Token);
        await Problems.ExpectAsync(response, status, words);
    }

    [Fact]
    public async Task Judging_makes_a_version_that_results_over_the_former_one_admit()
    {
        // A set of its own: other tests read the one that the results belong to.
        await using (var db = await portal.Services.GetRequiredService<IDbContextFactory<ExperimentsDb>>().CreateDbContextAsync(Token))
        {
            var corpus = await db.Corpora.SingleAsync(row => row.Name == "tides", Token);
            db.QuerySets.Add(new QuerySet { CorpusId = corpus.Id, Name = "verdicts", QueryCount = 1, ContentHash = "h", ImportedHash = "h", Queries = [new() { ExternalId = "j1", Text = "salt" }] });
            await db.SaveChangesAsync(Token);
        }
        var answer = await Client.JudgeAsync("tides", "verdicts", new([new("j1", "salt", 2), new("j1", "wind", 0)], "Ada", "read both"), Token);
        Assert.Equal((2, 2), (answer.Changed, answer.Version));
        var history = await Client.JudgmentHistoryAsync("tides", "verdicts", 0, 10, Token);
        Assert.Equal([("wind", 0), ("salt", 2)], history.Items.Select(edit => (edit.DocumentId, edit.NewGrade!.Value)));
        Assert.All(history.Items, edit => Assert.Equal(("Ada", "read both", 2), (edit.Author, edit.Note, edit.Version)));

        foreach (var (request, field) in new (JudgeRequest, string)[] { (new([], "Ada"), "changes"), (new([new("j1", "salt", 1)], " "), "author"), (new([new("j1", "salt", -1)], "Ada"), "grade"), (new([new("j1", "ghost", 1)], "Ada"), "ghost"), (new([new("nobody", "salt", 1)], "Ada"), "nobody") })
        {
            var refused = await Assert.ThrowsAsync<Contracts.ServiceException>(() => Client.JudgeAsync("tides", "verdicts", request, Token));
            Assert.Equal(HttpStatusCode.BadRequest, refused.Status);
            Assert.Contains(field, refused.Message);
        }
        Assert.Equal(2, (await Client.JudgmentHistoryAsync("tides", "verdicts", 0, 10, Token)).Total);

        Assert.Equal("j1 0 salt 2\nj1 0 wind 0\n", await Client.QrelsAsync("tides", "verdicts", Token));
        Task<JudgeAnswer> Import(string qrels) => Client.ImportQrelsAsync("tides", "verdicts", new MemoryStream(Encoding.UTF8.GetBytes(qrels)), "new.qrels", "Bob", "a file", Token);
        foreach (var (qrels, words) in new[] { ("j1 0 salt 1\nj1 salt 1\n", "new.qrels"), ("", "judgments"), ("j1 0 salt 1\nj1 0 ghost 1\n", "ghost"), ("j1 0 salt 101\n", "salt") })
            Assert.Contains(words, (await Assert.ThrowsAsync<Contracts.ServiceException>(() => Import(qrels))).Message);
        Assert.Equal("j1 0 salt 2\nj1 0 wind 0\n", await Client.QrelsAsync("tides", "verdicts", Token));
        var imported = await Import("j1 0 wind 0\nj1 0 salt 1\n");
        Assert.Equal((1, 3), (imported.Changed, imported.Version));
        Assert.Equal("j1 0 salt 1\nj1 0 wind 0\n", await Client.QrelsAsync("tides", "verdicts", Token));
    }

    [Fact]
    public async Task The_pool_shows_what_a_system_found_and_nobody_judged()
    {
        // The only ranked document is judged.
        var pool = await Client.PoolAsync([portal.Rows.Baseline], 10, 0, 10, Token);
        Assert.Equal((0, 1.0), (pool.Total, Assert.Single(pool.Systems).Judged));
        var answer = await portal.Filled.GetAsync($"/api/pool?results={portal.Rows.Dense}", Token);
        await Problems.ExpectAsync(answer, HttpStatusCode.BadRequest, "no run file");
    }

    [Fact]
    public async Task A_model_whose_training_data_nobody_checked_is_no_clean_one()
    {
        var exposure = await Client.ExposureAsync("tides-static", Token);
        Assert.Equal("unknown", exposure.Level); // its metadata name no training data
        using var response = await portal.Filled.GetAsync($"/api/results/{portal.Rows.Baseline}/exposure", Token);
        Assert.Equal(HttpStatusCode.NoContent, response.StatusCode);
    }
}
