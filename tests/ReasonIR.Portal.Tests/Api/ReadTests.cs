using System.Net;
using System.Net.Http.Json;
using System.Text.Json;

namespace ReasonIR.Portal.Tests.Api;

/// <summary>What scripts read.</summary>
public sealed class ReadTests(PortalFixture portal)
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_corpus_has_its_sets_and_says_which_indexes_are_current()
    {
        var corpus = Assert.Single(await portal.Client.CorporaAsync(Token), corpus => corpus.Name == "tides");
        Assert.Equal(3, corpus.Documents);
        Assert.Equal(("test", 2, 2), (corpus.QuerySets[0].Name, corpus.QuerySets[0].Queries, corpus.QuerySets[0].Judged));
        Assert.Equal([("bm25", true), ("dense", true), ("bm25", false)], corpus.Indexes.Select(index => (index.Kind, index.Current)));
    }

    [Theory]
    [InlineData("/api/leaderboard?corpus=%00")]
    [InlineData("/api/leaderboard/significance?corpus=%00")]
    [InlineData("/api/corpora/tides/documents?search=%00")]
    public async Task A_text_that_no_database_can_hold_is_refused(string address)
    {
        using var response = await portal.Filled.GetAsync(address, Token);
        await Problems.ExpectAsync(response, HttpStatusCode.BadRequest, "U+0000");
    }

    [Fact]
    public async Task Documents_are_paged_and_found_by_their_words()
    {
        var page = await portal.Client.DocumentsAsync("tides", null, 1, 1, Token);
        Assert.Equal((3, "salt"), (page.Total, Assert.Single(page.Items).Id));
        // What is special in a pattern of the database is ordinary here.
        Assert.Equal(0, (await portal.Client.DocumentsAsync("tides", "%", 0, 10, Token)).Total);
        Assert.Equal("wind", Assert.Single((await portal.Client.DocumentsAsync("tides", "MAKES wav", 0, 10, Token)).Items).Id);
        using var document = JsonDocument.Parse(await portal.Filled.GetStringAsync("/api/corpora/tides/documents/moon/1", Token));
        Assert.Equal("About moon/1", document.RootElement.GetProperty("title").GetString());
    }

    [Fact]
    public async Task Queries_come_with_judgments_and_exclusions()
    {
        var query = (await portal.Client.QueriesAsync("tides", "test", 0, 10, Token)).Items[0];
        Assert.Equal(2, query.Judgments["moon/1"]);
        Assert.Equal(["wind"], query.Excluded);
        using var one = JsonDocument.Parse(await portal.Filled.GetStringAsync("/api/corpora/tides/query-sets/test/queries/q2", Token));
        Assert.Equal(Rows.Hostile, one.RootElement.GetProperty("text").GetString());
    }

    [Fact]
    public async Task Systems_are_those_whose_indexes_are_current()
    {
        var systems = await portal.Filled.GetFromJsonAsync<JsonElement>("/api/corpora/tides/systems", Token);
        Assert.Equal(["bm25", "hybrid", "dense", "pipeline"], systems.EnumerateArray().Select(system => system.GetProperty("kind").GetString()));
    }

    [Fact]
    public async Task Examples_models_metrics_and_logs_can_be_read()
    {
        var example = Assert.Single((await portal.Client.ExamplesAsync("tides-extractive", 1, 0, 10, Token)).Items);
        Assert.Equal(("moon/1", "wind"), (example.Positives[0].DocumentId, example.Negatives[0].DocumentId));
        Assert.Equal("r1", Assert.Single(await portal.Client.ModelsAsync(Token), model => model.Name == "tides-static").Revision);
        Assert.Equal([1, 2, 3, 4, 5], (await portal.Client.MetricsAsync(portal.Rows.TrainRun, Token)).Select(point => point.Step));
        var lines = await portal.Client.LogAsync(portal.Rows.TrainRun, 0, Token);
        Assert.Equal(["first line", Rows.Hostile], lines.Select(line => line.Message));
        Assert.Equal(Rows.Hostile, Assert.Single(await portal.Client.LogAsync(portal.Rows.TrainRun, lines[0].Id, Token)).Message);
        var tail = await portal.Filled.GetFromJsonAsync<JsonElement>($"/api/runs/{portal.Rows.TrainRun}/log?last=1", Token);
        Assert.Equal("warning", tail[0].GetProperty("level").GetString());
    }

    [Fact]
    public async Task The_leaderboard_ranks_and_compares()
    {
        var boards = await portal.Filled.GetFromJsonAsync<JsonElement>("/api/leaderboard?corpus=tides", Token);
        var rows = boards[0].GetProperty("rows");
        Assert.Equal(["dense", "bm25"], rows.EnumerateArray().Select(row => row.GetProperty("result").GetProperty("system").GetString()));
        Assert.Equal("better than bm25", rows[0].GetProperty("verdict").GetString());
        Assert.Equal("first", rows[0].GetProperty("result").GetProperty("label").GetString());
        var losses = await portal.Filled.GetFromJsonAsync<JsonElement>($"/api/results/{portal.Rows.Dense}/comparison?losses=true", Token);
        Assert.Equal([("q1", -0.5), ("q2", 1)], losses.GetProperty("queries").EnumerateArray().Select(query => (query.GetProperty("queryId").GetString()!, query.GetProperty("difference").GetDouble())));
    }

    [Fact]
    public async Task A_run_file_is_downloaded_as_it_is()
    {
        await using var file = await portal.Client.RunFileAsync(portal.Rows.Baseline, Token);
        Assert.Equal("q1 Q0 moon/1 1 1.5 bm25\n", await new StreamReader(file).ReadToEndAsync(Token));
    }

    [Theory]
    [InlineData("/api/corpora/none")]
    [InlineData("/api/corpora/none/documents")]
    [InlineData("/api/corpora/none/systems")]
    [InlineData("/api/corpora/tides/documents/none")]
    [InlineData("/api/corpora/tides/query-sets/none/queries")]
    [InlineData("/api/datasets/none/versions/1")]
    [InlineData("/api/models/none")]
    [InlineData("/api/runs/999999")]
    [InlineData("/api/runs/999999/metrics")]
    [InlineData("/api/runs/999999/log")]
    [InlineData("/api/results/999999")]
    [InlineData("/api/results/999999/comparison")]
    [InlineData("/api/nothing/here")]
    public async Task What_is_not_there_is_a_problem_document(string address)
    {
        using var response = await portal.Filled.GetAsync(address, Token);
        await Problems.ExpectAsync(response, HttpStatusCode.NotFound, "There is no");
    }

    [Theory]
    [InlineData("/api/corpora/tides/documents?take=0", "take")]
    [InlineData("/api/corpora/tides/documents?take=201", "take")]
    [InlineData("/api/corpora/tides/documents?skip=-1", "skip")]
    [InlineData("/api/runs?state=sleeping", "state")]
    [InlineData("/api/leaderboard?measure=beauty", "measure")]
    public async Task A_bound_that_cannot_be_meant_is_refused(string address, string field)
    {
        using var response = await portal.Filled.GetAsync(address, Token);
        await Problems.ExpectAsync(response, HttpStatusCode.BadRequest, field);
    }
}
