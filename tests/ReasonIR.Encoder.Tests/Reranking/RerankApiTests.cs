using System.Text.Json;
using ReasonIR.Contracts.Runs;
using ReasonIR.Models.CrossEncoders;
using ReasonIR.Testing;
using ReasonIR.Testing.Services;

namespace ReasonIR.Encoder.Tests.Reranking;

/// <summary>One service with a golden cross-encoder, started by the first test that is not skipped.</summary>
public sealed class RerankFixture(PostgresFixture postgres) : IAsyncDisposable
{
    readonly SemaphoreSlim gate = new(1);
    (ServiceUnderTest<Program> Service, CrossEncoder Library)? started;

    public async Task<(ServiceUnderTest<Program> Service, CrossEncoder Library)> StartAsync()
    {
        var model = SharedData.Require("golden/models/cross-encoder-bert");
        await gate.WaitAsync(TestContext.Current.CancellationToken);
        try
        {
            if (started is { } running)
                return running;
            var service = await ServiceUnderTest<Program>.StartAsync(postgres);
            var registered = await service.MakeAsync<RegisteredModel>(new RegisterModelSpec("pairs", service.UploadFolder(model)));
            Assert.Equal(("cross-encoder", 1), (registered.Kind, registered.Dimension));
            started = (service, CrossEncoder.Open(model));
            return started.Value;
        }
        finally
        {
            gate.Release();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (started is not { } running)
            return;
        await running.Service.DisposeAsync();
        running.Library.Dispose();
    }
}

public sealed class RerankApiTests(RerankFixture rerank) : IClassFixture<RerankFixture>, IAsyncLifetime
{
    static readonly string[] Texts = ["the moon is far", "", "a kettle sings before it boils", "salt 😀 and \"sea\"", "moon moon moon"];

    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("reasonir-rerank-");
    ServiceUnderTest<Program> service = null!;
    CrossEncoder library = null!;

    static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => (service, library) = await rerank.StartAsync();

    public ValueTask DisposeAsync()
    {
        folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Texts_come_in_the_order_of_the_librarys_scores_in_both_forms()
    {
        const string Query = "where is the moon";
        var logits = library.Logits([.. Texts.Select(text => new TextPair(Query, text))], cancellationToken: Token);
        var order = Enumerable.Range(0, Texts.Length).OrderByDescending(i => logits[i]).ToArray();

        var (_, tei, _) = await ServingFixture.PostAsync(service.Http, "/rerank", new { model = "pairs", query = Query, texts = Texts, raw_scores = true, return_text = true });
        Assert.Equal(order, tei.EnumerateArray().Select(rank => rank.GetProperty("index").GetInt32()));
        Assert.All(tei.EnumerateArray(), rank => Assert.Equal(logits[rank.GetProperty("index").GetInt32()], rank.GetProperty("score").GetSingle(), 1e-5f));
        Assert.Equal(order.Select(i => Texts[i]), tei.EnumerateArray().Select(rank => rank.GetProperty("text").GetString()));

        foreach (var path in new[] { "/rerank", "/v1/rerank", "/v2/rerank" })
        {
            var (_, cohere, _) = await ServingFixture.PostAsync(service.Http, path, new { model = "pairs", query = Query, documents = Texts.Select((text, i) => i % 2 == 0 ? (object)text : new { text, id = i }), top_n = 3, return_documents = true });
            var results = cohere.GetProperty("results").EnumerateArray().ToArray();
            Assert.Equal(order[..3], results.Select(rank => rank.GetProperty("index").GetInt32()));
            Assert.All(results, rank => Assert.Equal(1 / (1 + Math.Exp(-logits[rank.GetProperty("index").GetInt32()])), rank.GetProperty("relevance_score").GetSingle(), 1e-5));
            Assert.Equal(order[..3].Select(i => Texts[i]), results.Select(rank => rank.GetProperty("document").GetProperty("text").GetString()));
        }
    }

    [Fact]
    public async Task A_long_pair_is_refused_or_cut_as_each_form_has_it()
    {
        var text = string.Concat(Enumerable.Repeat("moon and sea ", library.MaxTokens));
        var (status, error, _) = await ServingFixture.PostAsync(service.Http, "/rerank", new { model = "pairs", query = "q", texts = new[] { "a", text } });
        Assert.Equal((413, "validation"), (status, error.GetProperty("error_type").GetString()));
        Assert.Contains("texts[1]", error.GetProperty("error").GetString());
        var (_, cut, _) = await ServingFixture.PostAsync(service.Http, "/rerank", new { model = "pairs", query = "q", texts = new[] { text }, truncate = true, raw_scores = true });
        Assert.Equal(library.Logits([new("q", text)], cancellationToken: Token)[0], cut[0].GetProperty("score").GetSingle(), 1e-5f);
        var (cohere, _, _) = await ServingFixture.PostAsync(service.Http, "/v2/rerank", new { model = "pairs", query = "q", documents = new[] { text } });
        Assert.Equal(200, cohere);
    }

    [Fact]
    public async Task A_cross_encoder_and_an_encoder_are_told_apart()
    {
        await ServingFixture.RegisterAsync(service, "bert", TinyBert.Save(folder.FullName));
        var (vectors, error, _) = await ServingFixture.PostAsync(service.Http, "/v1/embeddings", new { model = "pairs", input = "x" });
        Assert.Equal(400, vectors);
        Assert.Contains("/rerank", error.GetProperty("error").GetProperty("message").GetString());
        var (ranks, refused, _) = await ServingFixture.PostAsync(service.Http, "/rerank", new { model = "bert", query = "x", texts = new[] { "y" } });
        Assert.Equal((424, "backend"), (ranks, refused.GetProperty("error_type").GetString()));
        using var info = JsonDocument.Parse(await service.Http.GetStringAsync("/info?model=pairs", Token));
        Assert.True(info.RootElement.GetProperty("model_type").TryGetProperty("reranker", out _));
    }

    [Theory]
    [InlineData("/rerank", """{"texts":["a"]}""", 422)]
    [InlineData("/rerank", """{"query":"q"}""", 422)]
    [InlineData("/rerank", """{"query":"q","texts":[]}""", 400)]
    [InlineData("/rerank", """{"query":"q","texts":["a",1]}""", 422)]
    [InlineData("/rerank", """{"query":"q","texts":"a"}""", 422)]
    [InlineData("/rerank", """{"query":"q","texts":["a"],"model":"ghost"}""", 404)]
    [InlineData("/v2/rerank", """{"query":"q","documents":[{"title":"no text"}]}""", 400)]
    [InlineData("/v2/rerank", """{"query":"q","documents":["a"],"top_n":0}""", 400)]
    [InlineData("/v1/rerank", """{"query":"q","documents":["a"],"model":"ghost"}""", 404)]
    [InlineData("/v1/rerank", """{"query":""", 400)]
    public async Task Errors_have_the_forms_shape(string path, string request, int status)
    {
        var (found, body, _) = await ServingFixture.PostAsync(service.Http, path, request);
        Assert.True(status == found, body.ToString());
        Assert.NotEmpty(body.GetProperty(path == "/rerank" ? "error" : "message").GetString()!);
    }
}
