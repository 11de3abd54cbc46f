using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using ReasonIR.Encoder.Cache;
using ReasonIR.Encoder.Serving;
using ReasonIR.Models;
using ReasonIR.Testing;
using ReasonIR.Testing.Services;

namespace ReasonIR.Encoder.Tests.Serving;

/// <summary>Many callers, a full queue, callers that leave, a process that is killed.</summary>
public sealed class LoadTests(PostgresFixture postgres) : IDisposable
{
    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("reasonir-load-");

    static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task Thirty_two_clients_each_get_their_own_vectors()
    {
        var (service, library) = await StartAsync(("Serving:CacheBytes", "0"));
        await using var _ = service;
        using var __ = library;
        var http = service.Http;
        await Task.WhenAll(Enumerable.Range(0, 32).Select(client => Task.Run(async () =>
        {
            for (var i = 0; i < 8; i++)
            {
                var text = $"{(char)('a' + client % 26)} {client} {(char)('a' + i)} text";
                var (status, body, response) = await ServingFixture.PostAsync(http, "/v1/embeddings", new { model = "bert", input = text });
                Assert.True(status == 200, body.ToString());
                OpenAi.EmbeddingsApiTests.AssertClose(library.Encode([text], cancellationToken: Token), OpenAi.EmbeddingsApiTests.Vectors(body)[0]);
            }
        })));
        using var metrics = await http.GetAsync("/metrics", Token);
        var text = await metrics.Content.ReadAsStringAsync(Token);
        Assert.Contains("reasonir_encoder_texts_total{model=\"bert\"} 256\n", text);
        Assert.True(Value(text, "te_batch_next_size_count{model=\"bert\"}") < 256, text);
    }

    [Fact]
    public async Task A_full_queue_answers_429_with_a_time_to_come_again()
    {
        var (service, library) = await StartAsync(("Serving:QueueTokens", "20"), ("Serving:BatchTokens", "8"));
        await using var _ = service;
        using var __ = library;
        var text = string.Join(' ', Enumerable.Repeat("a", 50));
        var http = service.Http;
        var answers = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(() => ServingFixture.PostAsync(http, i % 2 == 0 ? "/v1/embeddings" : "/embed",
            i % 2 == 0 ? new { model = "bert", input = Enumerable.Range(0, 30).Select(n => $"{text} {i} {n}") } : new { inputs = Enumerable.Range(0, 30).Select(n => $"{text} {i} {n}") }))));
        Assert.All(answers, answer => Assert.True(answer.Status is 200 or 429, answer.Body.ToString()));
        var refused = answers.Where(answer => answer.Status == 429).ToList();
        Assert.NotEmpty(refused);
        Assert.All(refused, answer => Assert.InRange(answer.Response.Headers.RetryAfter!.Delta!.Value.TotalSeconds, 1, 60));
        Assert.All(refused, answer => Assert.True(answer.Body.TryGetProperty("error_type", out var type) ? type.GetString() == "overloaded"
            : answer.Body.GetProperty("error").GetProperty("code").GetString() == "rate_limit_exceeded", answer.Body.ToString()));
        Assert.Contains(answers, answer => answer.Status == 200);
    }

    [Fact]
    public async Task Token_vectors_beyond_the_bound_are_refused_before_they_are_made()
    {
        var (service, library) = await StartAsync(("Serving:TokenVectorBytes", (100 * TinyBert.Dimension * sizeof(float)).ToString(System.Globalization.CultureInfo.InvariantCulture)));
        await using var _ = service;
        using var __ = library;
        var text = string.Join(' ', Enumerable.Repeat("a", 48));
        var taken = await ServingFixture.PostAsync(service.Http, "/embed_all", new { inputs = new[] { text, text } });
        Assert.Equal((200, 2), (taken.Status, taken.Body.GetArrayLength()));
        var refused = await ServingFixture.PostAsync(service.Http, "/embed_all", new { inputs = new[] { text, text, "a" } });
        Assert.Equal(413, refused.Status);
        Assert.Contains("100 tokens", refused.Body.GetProperty("error").GetString());
        Assert.Contains("found 103", refused.Body.GetProperty("error").GetString());
    }

    [Fact]
    public async Task The_texts_of_a_client_that_went_away_are_dropped()
    {
        var (service, library) = await StartAsync(("Serving:BatchTokens", "16"));
        await using var _ = service;
        using var __ = library;
        using var gone = new CancellationTokenSource();
        var texts = Enumerable.Range(0, 2000).Select(i => $"a text to be left {(char)('a' + i % 26)} {i}");
        var request = service.Http.PostAsync("/v1/embeddings", new StringContent(JsonSerializer.Serialize(new { model = "bert", input = texts })), gone.Token);
        var server = service.Services.GetRequiredService<ModelServer>();
        while (!(server.Loaded is [{ Served.WaitingTexts: > 0 }]))
            await Task.Delay(1, Token);
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => request);
        while (server.Loaded is [{ Users: > 0 }])
            await Task.Delay(1, Token);
        Assert.Equal(0, server.Loaded[0].Served!.WaitingTexts);
        var metrics = await service.Http.GetStringAsync("/metrics", Token);
        var (done, dropped) = (Value(metrics, "reasonir_encoder_texts_total{model=\"bert\"}"), Value(metrics, "reasonir_encoder_dropped_texts_total"));
        Assert.True(dropped > 0 && done + dropped >= 2000 && done < 2000, $"{done} {dropped}");
    }

    [Fact]
    public async Task Vectors_are_found_again_by_text_prompt_and_settings()
    {
        var (service, library) = await StartAsync();
        await using var _ = service;
        using var __ = library;
        async Task<(double Hits, float[] Vector)> EmbedAsync(object request)
        {
            var (status, body, _) = await ServingFixture.PostAsync(service.Http, "/v1/embeddings", request);
            Assert.True(status == 200, body.ToString());
            await service.Services.GetRequiredService<EmbeddingCache>().SettleAsync(Token);
            return (Value(await service.Http.GetStringAsync("/metrics", Token), "reasonir_encoder_cache_hits_total"), OpenAi.EmbeddingsApiTests.Vectors(body)[^1]);
        }
        var first = await EmbedAsync(new { model = "bert", input = "moon" });
        var again = await EmbedAsync(new { model = "bert", input = new[] { "sea", "moon" } });
        Assert.Equal((0, 1), (first.Hits, again.Hits));
        Assert.Equal(first.Vector, again.Vector);
        // Fewer dimensions are made of the same vector; another prompt, side or limit is another one.
        Assert.Equal(2, (await EmbedAsync(new { model = "bert", input = "moon", dimensions = 3 })).Hits);
        Assert.Equal(2, (await EmbedAsync(new { model = "bert", input = "moon", prompt = "x" })).Hits);
        Assert.Equal(2, (await EmbedAsync(new { model = "bert", input = "moon", truncation = "start" })).Hits);
        Assert.Equal(2, (await EmbedAsync(new { model = "bert", input = library.Tokenizer.EncodeIds("moon") })).Hits);
        Assert.Equal(3, (await EmbedAsync(new { model = "bert", input = library.Tokenizer.EncodeIds("moon") })).Hits);
    }

    async Task<(ServiceUnderTest<Program> Service, ITextEncoder Library)> StartAsync(params (string, string?)[] settings)
    {
        var bert = TinyBert.Save(folder.FullName);
        var service = await ServiceUnderTest<Program>.StartAsync(postgres, settings);
        await ServingFixture.RegisterAsync(service, "bert", bert);
        return (service, ModelFolder.Open(bert));
    }

    internal static double Value(string metrics, string series) => metrics.Split('\n').FirstOrDefault(line => line.StartsWith(series + " ", StringComparison.Ordinal)) is { } line
        ? double.Parse(line[(series.Length + 1)..], System.Globalization.CultureInfo.InvariantCulture) : 0;
}
