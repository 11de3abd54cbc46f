using System.Text.Json;
using ReasonIR.Encoder.Tests.OpenAi;
using ReasonIR.Models;

namespace ReasonIR.Encoder.Tests.Tei;

public sealed class TeiApiTests(ServingFixture serving) : IClassFixture<ServingFixture>
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Embed_gives_vectors_of_length_1_or_raw()
    {
        var (_, one, _) = await serving.PostAsync("/embed", new { inputs = "moon" });
        EmbeddingsApiTests.AssertClose(serving.Bert.Encode(["moon"], cancellationToken: Token), Assert.Single(Vectors(one)));
        var (_, raw, _) = await serving.PostAsync("/embed", new { inputs = new[] { "moon", "sea" }, normalize = false, dimensions = 5 });
        var expected = new float[2 * TinyBert.Dimension];
        serving.Bert.EncodeBatch([.. new[] { "moon", "sea" }.Select(text => serving.Bert.Tokenize(text.AsSpan(), EncodeOptions.Default))], expected);
        EmbeddingsApiTests.AssertClose([.. expected[..5], .. expected[TinyBert.Dimension..(TinyBert.Dimension + 5)]], Vectors(raw).SelectMany(vector => vector));
        var (_, named, _) = await serving.PostAsync("/embed", new { inputs = "moon", model = "tiny" });
        Assert.Equal([1f, 0f], Assert.Single(Vectors(named)));
        var (_, prompted, _) = await serving.PostAsync("/embed", new { inputs = "moon", prompt_name = "document" });
        EmbeddingsApiTests.AssertClose(serving.Bert.Encode(["d: moon"], cancellationToken: Token), Assert.Single(Vectors(prompted)));
    }

    [Fact]
    public async Task A_long_text_is_refused_with_its_tokens_unless_it_may_be_cut()
    {
        var words = Enumerable.Range(0, 100).Select(i => $"{(char)('a' + i % 26)}").ToArray();
        var text = string.Join(' ', words);
        var (status, error, _) = await serving.PostAsync("/embed", new { inputs = text });
        Assert.Equal((413, "validation"), (status, error.GetProperty("error_type").GetString()));
        Assert.Contains("102", error.GetProperty("error").GetString());
        var (_, right, _) = await serving.PostAsync("/embed", new { inputs = text, truncate = true });
        EmbeddingsApiTests.AssertClose(serving.Bert.Encode([string.Join(' ', words[..60])], cancellationToken: Token), Assert.Single(Vectors(right)));
        var (_, left, _) = await serving.PostAsync("/embed", new { inputs = text, truncate = true, truncation_direction = "Left" });
        EmbeddingsApiTests.AssertClose(serving.Bert.Encode([string.Join(' ', words[^60..])], cancellationToken: Token), Assert.Single(Vectors(left)));
    }

    [Fact]
    public async Task Embed_all_gives_a_vector_a_token()
    {
        var (_, body, _) = await serving.PostAsync("/embed_all", new { inputs = new[] { "moon", "a" } });
        var texts = body.EnumerateArray().Select(text => text.EnumerateArray().Select(token => token.EnumerateArray().Select(value => value.GetSingle()).ToArray()).ToArray()).ToArray();
        Assert.Equal([6, 3], texts.Select(text => text.Length));
        // The mean over a text's tokens is its vector before it is brought to length 1.
        var (_, raw, _) = await serving.PostAsync("/embed", new { inputs = new[] { "moon", "a" }, normalize = false });
        foreach (var (tokens, vector) in texts.Zip(Vectors(raw)))
            EmbeddingsApiTests.AssertClose(vector, Enumerable.Range(0, TinyBert.Dimension).Select(d => tokens.Average(token => token[d])));
    }

    [Fact]
    public async Task Tokenize_tells_ids_texts_and_places()
    {
        var (_, body, _) = await serving.PostAsync("/tokenize", new { inputs = new[] { "\U0001F600 Ab c", "" } });
        var tokens = body[0].EnumerateArray().ToArray();
        Assert.Equal([2, 1, 4, 31, 6, 3], tokens.Select(token => token.GetProperty("id").GetInt32()));
        Assert.Equal(["[CLS]", "\U0001F600", "A", "b", "c", "[SEP]"], tokens.Select(token => token.GetProperty("text").GetString()));
        Assert.Equal([true, false, false, false, false, true], tokens.Select(token => token.GetProperty("special").GetBoolean()));
        Assert.Equal([(0, 1), (2, 3), (3, 4), (5, 6)], tokens[1..^1].Select(token => (token.GetProperty("start").GetInt32(), token.GetProperty("stop").GetInt32())));
        Assert.Equal(JsonValueKind.Null, tokens[0].GetProperty("start").ValueKind);
        Assert.Equal(2, body[1].GetArrayLength());
        var (_, plain, _) = await serving.PostAsync("/tokenize", new { inputs = "ab", add_special_tokens = false });
        Assert.Equal(2, plain[0].GetArrayLength());
    }

    [Fact]
    public async Task Info_and_health_answer()
    {
        using var info = JsonDocument.Parse(await serving.Service.Http.GetStringAsync("/info", Token));
        Assert.Equal("bert", info.RootElement.GetProperty("model_id").GetString());
        Assert.Equal(TinyBert.MaxTokens, info.RootElement.GetProperty("max_input_length").GetInt32());
        Assert.Equal("mean", info.RootElement.GetProperty("model_type").GetProperty("embedding").GetProperty("pooling").GetString());
        using var other = JsonDocument.Parse(await serving.Service.Http.GetStringAsync("/info?model=tiny", Token));
        Assert.Equal("tiny", other.RootElement.GetProperty("model_id").GetString());
        using var health = await serving.Service.Http.GetAsync("/health", Token);
        Assert.True(health.IsSuccessStatusCode);
    }

    [Theory]
    [InlineData("/embed", """{"inputs":[]}""", 400, "empty")]
    [InlineData("/embed", """{"inputs":7}""", 422, "validation")]
    [InlineData("/embed", "{}", 422, "validation")]
    [InlineData("/embed", """{"inputs":"a","model":"ghost"}""", 404, "validation")]
    [InlineData("/embed", """{"inputs":"a","dimensions":99}""", 413, "validation")]
    [InlineData("/embed", """{"inputs":"a","prompt_name":"poem"}""", 422, "validation")]
    [InlineData("/embed", """{"inputs":"a","truncation_direction":"Up"}""", 422, "validation")]
    [InlineData("/embed_all", """{"inputs":"a","truncate":1}""", 422, "validation")]
    [InlineData("/tokenize", """{"inputs":[1,2]}""", 422, "validation")]
    public async Task Errors_have_TEIs_shape(string path, string request, int status, string type)
    {
        var (found, body, _) = await serving.PostAsync(path, request);
        Assert.Equal((status, type), (found, body.GetProperty("error_type").GetString()));
        Assert.NotEmpty(body.GetProperty("error").GetString()!);
    }

    [Fact]
    public async Task Metrics_count_what_was_done()
    {
        await serving.PostAsync("/embed", new { inputs = new[] { "one", "two" } });
        await serving.PostAsync("/embed", new { inputs = Array.Empty<string>() });
        using var response = await serving.Service.Http.GetAsync("/metrics", Token);
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType!.ToString());
        var text = await response.Content.ReadAsStringAsync(Token);
        foreach (var series in new[]
        {
            "te_request_success{method=\"tei\"} ", "te_request_failure{err=\"empty\"} ", "te_request_duration_bucket{method=\"tei\",le=\"+Inf\"} ", "te_batch_next_tokens_sum{model=\"bert\"} ",
            "te_queue_size{model=\"bert\"} 0", "reasonir_encoder_model_bytes{model=\"bert\"} ", "reasonir_encoder_texts_total{model=\"bert\"} ", "# TYPE te_request_count counter",
            "# TYPE te_request_duration histogram", "reasonir_encoder_cache_misses_total ",
        })
            Assert.Contains("\n" + series, "\n" + text);
    }

    static List<float[]> Vectors(JsonElement body) => [.. body.EnumerateArray().Select(vector => vector.EnumerateArray().Select(value => value.GetSingle()).ToArray())];
}
