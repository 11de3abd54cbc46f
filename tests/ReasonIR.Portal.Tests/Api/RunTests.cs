using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using ReasonIR.Contracts.Runs;

namespace ReasonIR.Portal.Tests.Api;

/// <summary>Runs are asked for, followed, canceled and resumed.</summary>
public sealed class RunTests(PortalFixture portal)
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_spec_with_problems_is_refused_with_all_of_them()
    {
        using var response = await PostAsync("/api/runs", """{"kind":"train","spec":{"model":"a b","dataset":"","seed":0,"batchSize":1}}""");
        await Problems.ExpectAsync(response, HttpStatusCode.BadRequest, "output.name: expected", "data.sources[0].dataset: expected", "data.batchSize: expected 2");
    }

    [Fact]
    public async Task A_recipe_is_checked_as_text()
    {
        using var response = await portal.Filled.PostAsync("/api/recipes/check", new StringContent("base: tiny\ndata: {sources: [a], bachSize: 8}\noutput: m"), Token);
        var check = await Contracts.ServiceException.ReadAsync<Contracts.Trainer.RecipeCheck>(response, Token);
        Assert.Equal(("data.bachSize", 2), (Assert.Single(check.Problems).Field, check.Problems[0].Line));
        Assert.Contains("model: tiny", check.Yaml);
        using var broken = await portal.Filled.PostAsync("/api/recipes/check", new StringContent("a: ["), Token);
        Assert.Single((await Contracts.ServiceException.ReadAsync<Contracts.Trainer.RecipeCheck>(broken, Token)).Problems);
    }

    [Fact]
    public async Task A_recipe_is_begun_from_a_template_or_a_run_and_edited()
    {
        var templates = await portal.Filled.GetFromJsonAsync<List<Contracts.Trainer.RecipeTemplate>>("/api/recipes", Contracts.Serialization.ReasonIrJson.Web, Token);
        Assert.Equal(["reasonir", "small/tiny"], templates!.Select(template => template.Name));
        Assert.StartsWith("ReasonIR-8B", templates![0].About);
        async Task<Contracts.Trainer.EditedRecipe> EditAsync(string text, params string[] set)
        {
            using var response = await portal.Filled.PostAsJsonAsync("/api/recipes/edit", new Contracts.Trainer.RecipeEdit(text, set), Contracts.Serialization.ReasonIrJson.Web, Token);
            return await Contracts.ServiceException.ReadAsync<Contracts.Trainer.EditedRecipe>(response, Token);
        }
        var edited = await EditAsync(templates![1].Text, "data.batchSize=16", "scale.gradCache=null", "loss.temperature=hot");
        Assert.Contains("batchSize: 16", edited.Text);
        Assert.DoesNotContain("gradCache", edited.Text);
        Assert.Equal(("loss.temperature", "hot"), (Assert.Single(edited.Check.Problems).Field, edited.Check.Values!["loss.temperature"]));
        Assert.Contains("expected path=value", (await Assert.ThrowsAsync<Contracts.ServiceException>(() => EditAsync("base: tiny", "nothing"))).Message);
        Assert.Equal(HttpStatusCode.BadRequest, (await Assert.ThrowsAsync<Contracts.ServiceException>(() => EditAsync("a: ["))).Status);
        var own = await portal.Filled.GetStringAsync($"/api/runs/{portal.Rows.TrainRun}/recipe", Token);
        Assert.Contains("dataset: tides-extractive", own);
        Assert.Matches("name: tides-static-[0-9]+", own);
        using var none = await portal.Filled.GetAsync("/api/runs/999999/recipe", Token);
        Assert.Equal(HttpStatusCode.NotFound, none.StatusCode);
        using var other = await portal.Filled.GetAsync($"/api/runs/{portal.Rows.EvaluateRun}/recipe", Token);
        Assert.Equal(HttpStatusCode.BadRequest, other.StatusCode);
    }

    [Fact]
    public async Task A_training_run_is_cloned_with_a_free_name_paused_and_resumed()
    {
        var clone = await portal.Client.CloneAsync(portal.Rows.TrainRun, ["loss.temperature=0.5"], Token);
        Assert.Equal("train tides-static-2", clone.Name);
        var spec = (await portal.Client.RunAsync(clone.Id, Token)).Spec;
        Assert.Equal(0.5, spec.GetProperty("loss").GetProperty("temperature").GetDouble());
        Assert.Equal("train tides-static-3", (await portal.Client.CloneAsync(clone.Id, [], Token)).Name);
        Assert.Equal("train mine", (await portal.Client.CloneAsync(clone.Id, ["output.name=mine"], Token)).Name);
        Assert.Contains("did you mean 'temperature'", (await Assert.ThrowsAsync<Contracts.ServiceException>(() => portal.Client.CloneAsync(clone.Id, ["loss.temprature=1"], Token))).Message);
        await portal.Client.PauseAsync(clone.Id, Token);
        Assert.Equal("paused", (await portal.Client.RunAsync(clone.Id, Token)).Run.State);
        Assert.Contains((await portal.Client.RunsAsync(null, "paused", 0, 10, Token)).Items, run => run.Id == clone.Id);
        Assert.DoesNotContain((await portal.Client.RunsAsync(null, "queued", 0, 100, Token)).Items, run => run.Id == clone.Id);
        Assert.Equal(HttpStatusCode.Conflict, (await Assert.ThrowsAsync<Contracts.ServiceException>(() => portal.Client.PauseAsync(clone.Id, Token))).Status);
        await portal.Client.ResumeAsync(clone.Id, Token);
        Assert.Equal("queued", (await portal.Client.RunAsync(clone.Id, Token)).Run.State);
        await portal.Client.CancelAsync(clone.Id, Token);
    }

    [Theory]
    [InlineData("""{"kind":"train","spec":{"model":"m","dataset":"d","sed":1}}""", "sed")]
    [InlineData("""{"kind":"dance","spec":{}}""", "dance")]
    [InlineData("""{"kind":"index","spec":{"corpus":"tides"}}""", "kind")]
    [InlineData("""{"kind":"index","spec":""", "")]
    [InlineData("""[]""", "")]
    public async Task A_spec_that_cannot_be_read_is_refused(string body, string word)
    {
        using var response = await PostAsync("/api/runs", body);
        await Problems.ExpectAsync(response, HttpStatusCode.BadRequest, word);
    }

    [Fact]
    public async Task A_queued_run_is_canceled_and_resumed()
    {
        var run = await portal.Client.StartAsync(new IndexSpec("tides", "bm25"), Token);
        Assert.Equal("queued", run.State);
        await portal.Client.CancelAsync(run.Id, Token);
        Assert.Equal("canceled", (await portal.Client.RunAsync(run.Id, Token)).Run.State);
        using (var again = await portal.Filled.PostAsync($"/api/runs/{run.Id}/cancel", null, Token))
            await Problems.ExpectAsync(again, HttpStatusCode.Conflict, "already ended");
        await portal.Client.ResumeAsync(run.Id, Token);
        Assert.Equal("queued", (await portal.Client.RunAsync(run.Id, Token)).Run.State);
        using (var again = await portal.Filled.PostAsync($"/api/runs/{run.Id}/resume", null, Token))
            await Problems.ExpectAsync(again, HttpStatusCode.Conflict);
        await portal.Client.CancelAsync(run.Id, Token);
        Assert.Contains((await portal.Client.RunsAsync("index", "canceled", 0, 50, Token)).Items, listed => listed.Id == run.Id);
    }

    [Theory]
    [InlineData("cancel")]
    [InlineData("resume")]
    public async Task A_run_that_is_not_there_cannot_be_told_anything(string verb)
    {
        using var response = await portal.Filled.PostAsync($"/api/runs/999999/{verb}", null, Token);
        await Problems.ExpectAsync(response, HttpStatusCode.NotFound, "999999");
    }

    [Fact]
    public async Task A_followed_run_tells_its_changes_and_ends_the_stream()
    {
        var run = await portal.Client.StartAsync(new IndexSpec("tides", "bm25"), Token);
        using var response = await portal.Filled.GetAsync($"/api/runs/{run.Id}/events", HttpCompletionOption.ResponseHeadersRead, Token);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType?.MediaType);
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(Token));
        var states = new List<string>();
        while (await reader.ReadLineAsync(Token).AsTask().WaitAsync(TimeSpan.FromSeconds(30), Token) is { } line)
        {
            if (!line.StartsWith("data:", StringComparison.Ordinal))
                continue;
            using var data = JsonDocument.Parse(line["data:".Length..]);
            states.Add(data.RootElement.GetProperty("state").GetString()!);
            if (states is ["queued"])
                await portal.Client.CancelAsync(run.Id, Token);
        }
        Assert.Equal(["queued", "canceled"], states.Distinct());
    }

    [Fact]
    public async Task A_loop_that_could_not_be_measured_fails_before_its_work()
    {
        var run = await portal.Client.StartAsync(new LoopSpec("tides", QuerySet: "exam"), Token);
        RunDetail detail;
        while (!(detail = await portal.Client.RunAsync(run.Id, Token)).Run.Ended)
            await Task.Delay(50, Token);
        Assert.Contains("'exam'", detail.Run.Error);
        Assert.Empty(detail.Children);
    }

    [Fact]
    public async Task A_sample_becomes_an_upload_and_a_loop()
    {
        var samples = await portal.Filled.GetFromJsonAsync<JsonElement>("/api/samples", Token);
        Assert.Equal(("pebbles", "Pebbles", 3), (samples[0].GetProperty("name").GetString(), samples[0].GetProperty("title").GetString(), samples[0].GetProperty("files").GetInt32()));
        using var response = await portal.Filled.PostAsync("/api/samples/pebbles/loop", null, Token);
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        var run = (await response.Content.ReadFromJsonAsync<RunInfo>(Token))!;
        Assert.Equal("loop", run.Kind);
        var spec = (await portal.Client.RunAsync(run.Id, Token)).Spec;
        var upload = Path.Combine(portal.Folder, "filled", "uploads", spec.GetProperty("uploadId").GetString()!);
        Assert.True(File.Exists(Path.Combine(upload, "qrels", "test.tsv")));
        await portal.Client.CancelAsync(run.Id, Token);
    }

    [Theory]
    [InlineData("none")]
    [InlineData("..")]
    [InlineData("..%2Fsamples%2Fpebbles")]
    public async Task A_sample_is_found_by_its_name_only(string name)
    {
        using var response = await portal.Filled.PostAsync($"/api/samples/{name}/loop", null, Token);
        Assert.False(response.IsSuccessStatusCode);
        using var none = await portal.Empty.PostAsync("/api/samples/pebbles/loop", null, Token);
        await Problems.ExpectAsync(none, HttpStatusCode.NotFound, "pebbles");
    }

    Task<HttpResponseMessage> PostAsync(string address, string body) => portal.Filled.PostAsync(address, new StringContent(body, Encoding.UTF8, "application/json"), Token);
}
