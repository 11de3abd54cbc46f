using System.Net;
using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Search;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Testing;
using ReasonIR.Testing.Services;

namespace ReasonIR.Search.Tests;

/// <summary>Dense indexes from documents to answers, with a real Encoder beside the service.</summary>
public sealed class DenseIndexTests(PostgresFixture postgres) : IDisposable
{
    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("reasonir-dense-");

    static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task Adding_documents_encodes_only_what_is_new()
    {
        await using var system = await DenseSystem.StartAsync(postgres, folder);
        DocumentInput[] same = [new("e", "", "salt sea"), new("f", "", "salt salt")];
        await system.ImportAsync([new("a", "", "moon"), new("b", "", "sea"), new("c", "", "salt"), .. same]);
        var first = await system.Service.MakeAsync<IndexOutput>(new IndexSpec("c", "dense", "tiny"));
        Assert.Equal((5, 5L), (first.Documents, await system.EncodedAsync()));
        Assert.True((await system.Service.MakeAsync<IndexOutput>(new IndexSpec("c", "dense", "tiny"))).Reused);

        await system.ImportAsync([new("a", "", "moon"), new("b", "", "moon sea"), new("d", "", "moon moon"), .. same]);
        var second = await system.Service.MakeAsync<IndexOutput>(new IndexSpec("c", "dense", "tiny"));
        Assert.Equal((5, false, 2L), (second.Documents, second.Reused, await system.EncodedAsync()));
        Assert.Equal(["a", "d"], (await system.SearchAsync("moon")).Take(2).Select(hit => hit.DocumentId));

        // Nothing is new: what was removed goes without any encoding.
        await system.ImportAsync([new("a", "", "moon"), new("d", "", "moon moon"), .. same]);
        Assert.Equal((4, 0L), ((await system.Service.MakeAsync<IndexOutput>(new IndexSpec("c", "dense", "tiny"))).Documents, await system.EncodedAsync()));
        Assert.Equal(["a", "d", "e", "f"], (await system.SearchAsync("moon")).Select(hit => hit.DocumentId).Order(StringComparer.Ordinal));
    }

    [Theory]
    [InlineData("f32")]
    [InlineData("bf16")]
    [InlineData("int8")]
    public async Task Vectors_are_stored_as_asked_and_filtered_by_metadata(string storage)
    {
        await using var system = await DenseSystem.StartAsync(postgres, folder);
        await system.ImportAsync(
            new("a", "", "moon", """{"language":"en","year":2001,"tags":["x","y"],"source":{"name":"almanac"}}"""), new("b", "", "moon sea", """{"language":"de","year":2002}"""),
            new("c", "", "sea", """{"language":"en","year":2003,"draft":true}"""), new("d", "", "salt"));
        var output = await system.Service.MakeAsync<IndexOutput>(new IndexSpec("c", "dense", "tiny", Storage: storage));
        Assert.False(output.Reused);
        Assert.Equal(storage != "f32", !(await system.Service.MakeAsync<IndexOutput>(new IndexSpec("c", "dense", "tiny"))).Reused);
        await system.Service.MakeAsync<IndexOutput>(new IndexSpec("c", "dense", "tiny", Storage: storage));

        Assert.Equal(["a", "d", "b", "c"], (await system.SearchAsync("moon")).Select(hit => hit.DocumentId));
        Assert.Equal(["a", "c"], await Ids(new SearchCondition("language", [JsonSerializer.SerializeToElement("en")])));
        Assert.Equal(["b", "c"], await Ids(new SearchCondition("year", From: 2002)));
        Assert.Equal(["a"], await Ids(new SearchCondition("tags", [JsonSerializer.SerializeToElement("y")])));
        Assert.Equal(["a"], await Ids(new SearchCondition("source.name", [JsonSerializer.SerializeToElement("almanac")])));
        Assert.Equal(["c"], await Ids(new SearchCondition("draft", [JsonSerializer.SerializeToElement(true)])));
        Assert.Equal(["d", "b"], await Ids(new SearchCondition("language", [JsonSerializer.SerializeToElement("en")], Not: true)));

        async Task<IEnumerable<string>> Ids(params SearchCondition[] filter) => (await system.SearchAsync("moon", filter)).Select(hit => hit.DocumentId);
    }

    [Fact]
    public async Task Every_system_takes_filters_before_its_cut()
    {
        await using var system = await DenseSystem.StartAsync(postgres, folder);
        await system.ImportAsync([.. Enumerable.Range(0, 60).Select(i => new DocumentInput($"d{i:00}", "", i % 2 == 0 ? "moon" : "moon sea", $$"""{"year":{{2000 + i}},"language":"{{(i % 3 == 0 ? "en" : "de")}}"}"""))]);
        await system.Service.MakeAsync<IndexOutput>(new IndexSpec("c", "dense", "tiny"));
        await system.Service.MakeAsync<IndexOutput>(new IndexSpec("c", "bm25", Passages: "tokens:16:0"));
        SearchCondition[] filter = [new("year", From: 2050), new("language", [JsonSerializer.SerializeToElement("en")], Not: true)];
        string[] expected = ["d50", "d52", "d53", "d55", "d56", "d58", "d59"];
        SystemSpec[] systems =
        [
            new("bm25", "bm25"), new("rm3", "bm25", Bm25: new(Rm3: new())), new("dense", "dense", "tiny"), new("hybrid", "hybrid", "tiny", Fusion: new(Depth: 7)),
            new("pipeline", "pipeline", Stages: new([new("bm25", Depth: 7), new("dense", Model: "tiny", Depth: 7)])),
        ];
        foreach (var one in systems)
        {
            Assert.Equal(expected, (await system.SearchAsync(one, "moon", filter)).Select(hit => hit.DocumentId).Order(StringComparer.Ordinal));
            var without = await new SearchClient(system.Service.Http).SearchAsync(new("c", "moon", one, Exclude: ["d50"], Filter: filter), Token);
            Assert.Equal(expected[1..], without.Hits.Select(hit => hit.DocumentId).Order(StringComparer.Ordinal));
        }
    }

    [Fact]
    public async Task A_model_of_other_weights_is_refused_and_wrong_filters_are_named()
    {
        await using var system = await DenseSystem.StartAsync(postgres, folder);
        await system.ImportAsync(new DocumentInput("a", "", "moon"));
        await system.Service.MakeAsync<IndexOutput>(new IndexSpec("c", "dense", "tiny"));
        await system.Service.MakeAsync<IndexOutput>(new IndexSpec("c", "bm25"));
        var wrong = await Assert.ThrowsAsync<ServiceException>(() => system.SearchAsync("moon", new SearchCondition("x", From: 2, To: 1)));
        Assert.Contains("filter[0]", wrong.Message);

        await using var db = await system.Service.OpenAsync();
        await db.Database.ExecuteSqlAsync($"update indexes set parameters = jsonb_set(parameters, '{{modelRevision}}', '\"another\"') where kind = 'dense'", Token);
        Assert.Contains("no current index by model 'tiny'", (await Assert.ThrowsAsync<ServiceException>(() => system.SearchAsync("moon"))).Message);
    }

    [Fact]
    public async Task Indexes_are_kept_at_Qdrant_where_one_is_named()
    {
        var qdrant = Environment.GetEnvironmentVariable("ConnectionStrings__qdrant_http");
        Assert.SkipWhen(string.IsNullOrEmpty(qdrant), "needs a Qdrant server that ConnectionStrings__qdrant_http names (Endpoint=http://HOST:6333;Key=KEY); none is named");
        await using var system = await DenseSystem.StartAsync(postgres, folder, ("ConnectionStrings:qdrant_http", qdrant), ("Qdrant:Prefix", $"reasonir-test-{Guid.NewGuid():N}"));
        await system.ImportAsync(new("a", "", "moon", """{"language":"en"}"""), new("b", "", "sea"));
        await system.Service.MakeAsync<IndexOutput>(new IndexSpec("c", "dense", "tiny"));
        Assert.Equal(["a", "b"], (await system.SearchAsync("moon")).Select(hit => hit.DocumentId));
        await system.ImportAsync(new("a", "", "moon", """{"language":"en"}"""), new("e", "", "moon sea"));
        await system.Service.MakeAsync<IndexOutput>(new IndexSpec("c", "dense", "tiny"));
        Assert.Equal(["a", "e"], (await system.SearchAsync("moon")).Select(hit => hit.DocumentId));
        Assert.Equal(["a"], (await system.SearchAsync("moon", new SearchCondition("language", [JsonSerializer.SerializeToElement("en")]))).Select(hit => hit.DocumentId));
    }
}
