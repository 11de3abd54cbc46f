using System.Net;
using System.Text.RegularExpressions;

namespace ReasonIR.Portal.Tests.Pages;

/// <summary>Every page renders on the server, with rows and without, and says so when a name leads nowhere.</summary>
public sealed partial class PageTests(PortalFixture portal)
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Addresses =>
    [
        "/", "/corpora", "/corpora/import", "/datasets", "/datasets/new", "/datasets/synthesize", "/runs", "/runs?kind=train&state=queued", "/models", "/models/train", "/models/register", "/models/pull", "/models/recipe", "/models/recipe?template=small/tiny", "/datasets/import",
        "/search", "/leaderboard", "/benchmarks", "/benchmarks/bright", "/benchmarks/bright?documents=long&class=none", "/benchmarks/beir", "/pipelines", "/pipelines/new", "/experiments", "/experiments/new", "/experiments/new?kind=rewrite-length", "/experiments/new?kind=negatives", "/experiments/new?kind=mixture", "/spending", "/spending?by=run", "/system", "/not-found",
    ];

    [Theory]
    [MemberData(nameof(Addresses))]
    public async Task A_page_without_rows_has_a_title_and_says_something(string address)
    {
        var html = await PageAsync(portal.Empty, address, HttpStatusCode.OK);
        Assert.DoesNotContain("This page failed", html);
    }

    [Theory]
    [InlineData("/corpora", "corpora/import")]
    [InlineData("/datasets", "datasets/new")]
    [InlineData("/models", "models/train")]
    [InlineData("/search", "corpora/import")]
    [InlineData("/leaderboard", "corpora")]
    [InlineData("/pipelines", "pipelines/new")]
    [InlineData("/runs", "corpora/import")]
    [InlineData("/experiments", "experiments/new?kind=table")]
    public async Task An_empty_page_leads_to_what_fills_it(string address, string next)
    {
        var html = await PageAsync(portal.Empty, address, HttpStatusCode.OK);
        Assert.Contains("class=\"empty\"", html);
        Assert.Contains($"href=\"{next}\"", html);
    }

    [Theory]
    [InlineData("/", "3")]
    [InlineData("/corpora", "tides")]
    [InlineData("/corpora/tides", "dense")]
    [InlineData("/corpora/tides?tab=documents", "About wind")]
    [InlineData("/corpora/tides?tab=documents&search=waves", "About wind")]
    [InlineData("/corpora/tides?tab=queries", "harbor")]
    [InlineData("/corpora/tides/documents/moon/1", "twice a day")]
    [InlineData("/datasets", "tides-extractive")]
    [InlineData("/datasets/tides-extractive/1", "No language model wrote this")]
    [InlineData("/datasets/tides-extractive/1?tab=report", "Duplicates and contradictions")]
    [InlineData("/datasets/tides-extractive/1?tab=files", "path: train.parquet")]
    [InlineData("/datasets/tides-extractive/1/review", "draws its pairs anew")]
    [InlineData("/datasets/difference?a=tides-extractive@1&b=tides-extractive", "No difference")]
    [InlineData("/datasets/difference?a=tides-extractive@x&b=tides-extractive", "expected the number of a version")]
    [InlineData("/runs", "train tides-static")]
    [InlineData("/runs?kind=train", "train tides-static")]
    [InlineData("/models", "tides-static")]
    [InlineData("/models/tides-static", "search?corpus=tides")]
    [InlineData("/models/train?dataset=tides-extractive&version=1", "tides-extractive version 1")]
    [InlineData("/models/recipe?template=reasonir", "arXiv 2504.20595")]
    [InlineData("/models/recipe?template=small/tiny", "constant_with_warmup")]
    [InlineData("/models/recipe?template=none", "There is no template")]
    [InlineData("/models/recipe?template=reasonir", "value=\"‹|user|>\\n{instruction}")]
    [InlineData("/models/recipe?run=999999", "There is no run 999999")]
    [InlineData("/models/recipe", "tides-extractive")]
    [InlineData("/leaderboard?corpus=tides", "not shown to differ from bm25 among all pairs of this table")]
    [InlineData("/leaderboard?measure=map", "MAP")]
    [InlineData("/pipelines", "BM25 lucene, top 100, weight 0.3")]
    [InlineData("/pipelines/fused", "version 2")]
    [InlineData("/pipelines/fused?version=1&with=fused@2", "retrievers[1].model")]
    [InlineData("/pipelines/new?from=fused", "tides-static")]
    [InlineData("/search?corpus=tides", "pipeline: fused")]
    [InlineData("/benchmarks", "BRIGHT")]
    [InlineData("/benchmarks/bright", "Reported by others, not measured here")]
    [InlineData("/benchmarks/bright", "benchmark import bright --tasks earth_science")]
    [InlineData("/search?corpus=tides", "hybrid: tides-static")]
    [InlineData("/search?corpus=nowhere", "There is no corpus")]
    [InlineData("/benchmarks/bright", "id=\"run-benchmark\"")]
    [InlineData("/experiments/new", "BM25, dense, hybrid, reranked")]
    [InlineData("/experiments/new?kind=table", "tides (3 documents)")]
    [InlineData("/experiments/new?kind=rewrite-length", "id=\"lengths\"")]
    [InlineData("/experiments/new?kind=negatives", "tides-extractive")]
    [InlineData("/experiments/new?kind=mixture", "Varied lengths")]
    [InlineData("/corpora/tides", "is no benchmark's task")]
    [InlineData("/spending", "9,000")]
    [InlineData("/spending?by=purpose", "hard-query-repair")]
    [InlineData("/spending?by=run", "0.0123")]
    [InlineData("/spending?by=planet", "expected day, model")]
    [InlineData("/spending?from=yesterday", "expected a day such as")]
    [InlineData("/spending", "from the vendor")]
    [InlineData("/system", "REASONIR_RESOURCES_URL")]
    public async Task A_page_shows_its_rows(string address, string shown) =>
        Assert.Contains(shown, await PageAsync(portal.Filled, address, HttpStatusCode.OK));

    [Fact]
    public async Task The_pages_of_runs_and_results_show_what_belongs_to_them()
    {
        var train = await PageAsync(portal.Filled, $"/runs/{portal.Rows.TrainRun}", HttpStatusCode.OK);
        Assert.Contains("data-run-state=\"queued\"", train);
        Assert.Contains("<polyline", train);
        Assert.Contains("first line", train);
        Assert.Contains("href=\"models/tides-static\"", train);
        Assert.Contains("id=\"pause-run\"", train);
        Assert.Contains($"href=\"models/recipe?run={portal.Rows.TrainRun}\"", train);
        var recipe = await PageAsync(portal.Filled, $"/models/recipe?run={portal.Rows.TrainRun}", HttpStatusCode.OK);
        Assert.Contains("value=\"tides-extractive\"", recipe);
        var other = await PageAsync(portal.Filled, $"/models/recipe?run={portal.Rows.EvaluateRun}", HttpStatusCode.OK);
        Assert.Contains("expected a run of kind", other);
        var result = await PageAsync(portal.Filled, $"/results/{portal.Rows.Dense}", HttpStatusCode.OK);
        Assert.Contains("+0.250", result);
        Assert.Contains("modelrevision", result.Replace(" ", ""), StringComparison.OrdinalIgnoreCase);
        // Wins come first.
        Assert.True(result.IndexOf("query=q2\"", StringComparison.Ordinal) < result.IndexOf("query=q1\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Systems_on_the_leaderboard_stand_in_order()
    {
        var html = await PageAsync(portal.Filled, "/leaderboard", HttpStatusCode.OK);
        Assert.Equal(["dense", "bm25"], System().Matches(html).Select(match => match.Groups[1].Value));
    }

    [Theory]
    [InlineData("/pipelines/nowhere")]
    [InlineData("/corpora/nowhere")]
    [InlineData("/corpora/tides/documents/nothing")]
    [InlineData("/datasets/none/1")]
    [InlineData("/datasets/tides-extractive/9")]
    [InlineData("/datasets/tides-extractive/9/review")]
    [InlineData("/datasets/difference?a=none&b=tides-extractive")]
    [InlineData("/runs/999999")]
    [InlineData("/models/none")]
    [InlineData("/results/999999")]
    [InlineData("/benchmarks/nothing")]
    [InlineData("/experiments/999999")]
    [InlineData("/no/such/page")]
    public async Task A_name_that_leads_nowhere_is_a_page_that_says_so(string address) =>
        Assert.Contains("There is no", await PageAsync(portal.Filled, address, HttpStatusCode.NotFound));

    [Theory]
    [InlineData("/corpora/tides?tab=documents")]
    [InlineData("/corpora/tides?tab=queries")]
    [InlineData("/corpora/tides/documents/salt")]
    [InlineData("/datasets/tides-extractive/1")]
    [InlineData("/search?corpus=tides&set=test&query=q2")]
    [InlineData("/search?q=%3Cscript%3Ealert('x')%3C/script%3E")]
    public async Task A_hostile_text_stays_a_text(string address)
    {
        var html = await PageAsync(portal.Filled, address, HttpStatusCode.OK);
        Assert.DoesNotContain("<script>alert", html);
        Assert.Contains("alert(", html);
    }

    [Theory]
    [InlineData("/runs?state=sleeping", "expected queued")]
    [InlineData("/leaderboard?measure=beauty", "expected one of")]
    public async Task A_mistyped_filter_is_explained(string address, string words) =>
        Assert.Contains(words, await PageAsync(portal.Filled, address, HttpStatusCode.OK));

    [Theory]
    [InlineData("dark", "standard-dark.css")]
    [InlineData("light", "standard.css")]
    public async Task The_chosen_theme_is_in_the_first_answer(string theme, string sheet)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        request.Headers.Add("Cookie", $"theme={theme}");
        using var response = await portal.Empty.SendAsync(request, Token);
        var html = await response.Content.ReadAsStringAsync(Token);
        Assert.Contains($"data-theme=\"{theme}\"", html);
        Assert.Single(Sheet().Matches(html), match => match.Value.Contains(sheet));
    }

    static async Task<string> PageAsync(HttpClient client, string address, HttpStatusCode status)
    {
        using var response = await client.GetAsync(address, Token);
        var html = await response.Content.ReadAsStringAsync(Token);
        Assert.Equal(status, response.StatusCode);
        Assert.StartsWith("text/html", response.Content.Headers.ContentType?.ToString());
        Assert.Single(Heading().Matches(html));
        Assert.Matches("<title>.+</title>", html);
        return WebUtility.HtmlDecode(html.Replace("&lt;", "‹"));
    }

    [GeneratedRegex("<h1[ >]")]
    private static partial Regex Heading();

    [GeneratedRegex("data-system=\"([^\"]+)\"")]
    private static partial Regex System();

    [GeneratedRegex("Radzen.Blazor/css/[a-z-]+\\.css")]
    private static partial Regex Sheet();
}
