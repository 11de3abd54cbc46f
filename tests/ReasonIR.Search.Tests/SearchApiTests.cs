using System.Net;
using System.Net.Http.Json;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Search;
using ReasonIR.Testing;
using ReasonIR.Testing.Services;

namespace ReasonIR.Search.Tests;

public sealed class SearchApiTests(PostgresFixture postgres)
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Finds_marks_and_leaves_out_what_is_excluded()
    {
        await using var service = await ServiceUnderTest<Program>.StartAsync(postgres);
        await service.MakeAsync<ImportOutput>(new ImportSpec("c", service.Upload(("corpus.jsonl",
            "{\"_id\":\"a\",\"title\":\"Tides\",\"text\":\"The tide rises when the moon pulls.\"}\n{\"_id\":\"b\",\"text\":\"A rising tide lifts boats.\"}\n{\"_id\":\"c\",\"text\":\"Nothing here.\"}\n"))));
        await service.MakeAsync<IndexOutput>(new IndexSpec("c", "bm25"));
        var client = new SearchClient(service.Http);
        var all = await client.SearchAsync(new("c", "rising tides", new("bm25", "bm25")), Token);
        Assert.Equal(["a", "b"], all.Hits.Select(hit => hit.DocumentId).Order());
        var hit = all.Hits.Single(found => found.DocumentId == "b");
        Assert.Equal(["rising", "tide"], hit.Matches!.Select(match => hit.Text.Substring(match.Start, match.Length)));
        var fewer = await client.SearchAsync(new("c", "rising tides", new("bm25", "bm25"), Top: 1, Exclude: [all.Hits[0].DocumentId]), Token);
        Assert.Equal(all.Hits[1].DocumentId, Assert.Single(fewer.Hits).DocumentId);
    }

    [Fact]
    public async Task Bad_requests_name_every_field_and_missing_things_are_named()
    {
        await using var service = await ServiceUnderTest<Program>.StartAsync(postgres);
        using var bad = await service.Http.PostAsJsonAsync("/search", new { corpus = "", query = " ", top = 5000, system = new { name = "x", kind = "magic" } }, Token);
        var text = await bad.Content.ReadAsStringAsync(Token);
        Assert.Equal(HttpStatusCode.BadRequest, bad.StatusCode);
        Assert.All(["corpus", "query", "top", "system.kind"], field => Assert.Contains(field, text));
        using var lacking = await service.Http.PostAsJsonAsync("/search", new { corpus = "c", query = "x", system = (object?)null }, Token);
        Assert.Equal(HttpStatusCode.BadRequest, lacking.StatusCode);
        Assert.Contains("system", await lacking.Content.ReadAsStringAsync(Token));
        using var missing = await service.Http.PostAsJsonAsync("/search", new SearchRequest("ghost", "x", new("bm25", "bm25")), Token);
        Assert.Equal(HttpStatusCode.NotFound, missing.StatusCode);
        Assert.Contains("ghost", await missing.Content.ReadAsStringAsync(Token));
    }
}
