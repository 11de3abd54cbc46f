using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using ReasonIR.Models;

namespace ReasonIR.Encoder.Tests.OpenAi;

public sealed class EmbeddingsApiTests(ServingFixture serving) : IClassFixture<ServingFixture>
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Strings_arrays_and_token_ids_give_the_librarys_vectors()
    {
        var texts = new[] { "moon", "the sea is salt", "a", "über söme \"quoted\" \\ text \u0001 with 😀 and ümläuts", "" };
        var expected = serving.Bert.Encode(texts, cancellationToken: Token);
        var (_, body, _) = await serving.PostAsync("/v1/embeddings", new { model = "bert", input = texts });
        AssertClose(expected, Vectors(body).SelectMany(vector => vector));
        Assert.Equal(texts.Sum(text => serving.Bert.CountTokens(text)), body.GetProperty("usage").GetProperty("prompt_tokens").GetInt32());
        Assert.Equal([0, 1, 2, 3, 4], body.GetProperty("data").EnumerateArray().Select(row => row.GetProperty("index").GetInt32()));

        var (_, one, _) = await serving.PostAsync("/v1/embeddings", new { model = "bert", input = texts[1] });
        AssertClose(expected.AsSpan(TinyBert.Dimension, TinyBert.Dimension).ToArray(), Assert.Single(Vectors(one)));

        var ids = texts.Select(text => serving.Bert.Tokenizer.EncodeIds(text)).ToArray();
        var (_, tokens, _) = await serving.PostAsync("/v1/embeddings", new { model = "bert", input = ids });
        AssertClose(expected, Vectors(tokens).SelectMany(vector => vector));
        var (_, oneOfIds, _) = await serving.PostAsync("/v1/embeddings", new { model = "bert", input = ids[1] });
        AssertClose(expected.AsSpan(TinyBert.Dimension, TinyBert.Dimension).ToArray(), Assert.Single(Vectors(oneOfIds)));
    }

    [Fact]
    public async Task Base64_holds_the_same_numbers()
    {
        var (_, numbers, _) = await serving.PostAsync("/v1/embeddings", new { model = "bert", input = new[] { "moon", "sea" }, encoding_format = "float" });
        var (_, base64, _) = await serving.PostAsync("/v1/embeddings", new { input = new[] { "moon", "sea" }, encoding_format = "base64", model = "bert" });
        Assert.Equal(Vectors(numbers), base64.GetProperty("data").EnumerateArray().Select(row => MemoryMarshal.Cast<byte, float>(row.GetProperty("embedding").GetBytesFromBase64()).ToArray()));
    }

    [Fact]
    public async Task Fewer_dimensions_are_the_leading_ones_at_length_1()
    {
        var (_, whole, _) = await serving.PostAsync("/v1/embeddings", new { model = "bert", input = "moon" });
        var (_, half, _) = await serving.PostAsync("/v1/embeddings", new { model = "bert", input = "moon", dimensions = 8 });
        var leading = Vectors(whole)[0][..8];
        var norm = MathF.Sqrt(leading.Sum(x => x * x));
        AssertClose([.. leading.Select(x => x / norm)], Vectors(half)[0]);
    }

    [Fact]
    public async Task Prompts_go_before_the_text_by_name_type_text_or_instruction()
    {
        async Task<float[]> With(object request)
        {
            var (status, body, _) = await serving.PostAsync("/v1/embeddings", request);
            Assert.True(status == 200, body.ToString());
            return Vectors(body)[0];
        }
        float[] Of(string text) => serving.Bert.Encode([text], cancellationToken: Token);
        AssertClose(Of(ServingFixture.Prompts["query"] + "moon"), await With(new { model = "bert", input = "moon", prompt_name = "query" }));
        AssertClose(Of(ServingFixture.Prompts["query"] + "moon"), await With(new { model = "bert", input = "moon", input_type = "search_query" }));
        AssertClose(Of(ServingFixture.Prompts["document"] + "moon"), await With(new { model = "bert", input = "moon", input_type = "passage" }));
        AssertClose(Of("see: moon"), await With(new { model = "bert", input = "moon", prompt = "see: " }));
        AssertClose(Of("Instruct: think\nQuery: moon"), await With(new { model = "bert", input = "moon", instruction = "think" }));
        AssertClose(Of("moon"), await With(new { model = "bert", input = "moon" }));
    }

    [Theory]
    [InlineData("start")]
    [InlineData("end")]
    public async Task Long_texts_are_cut_on_the_side_that_is_asked_for(string side)
    {
        var words = Enumerable.Range(0, 100).Select(i => $"{(char)('a' + i % 26)}").ToArray();
        var kept = side == "start" ? words[^(TinyBert.MaxTokens - 2)..] : words[..(TinyBert.MaxTokens - 2)];
        var (_, body, _) = await serving.PostAsync("/v1/embeddings", new { model = "bert", input = string.Join(' ', words), truncation = side });
        AssertClose(serving.Bert.Encode([string.Join(' ', kept)], cancellationToken: Token), Vectors(body)[0]);
        Assert.Equal(TinyBert.MaxTokens, body.GetProperty("usage").GetProperty("total_tokens").GetInt32());
    }

    [Fact]
    public async Task A_refused_long_text_is_named_with_its_tokens()
    {
        var (status, body, _) = await serving.PostAsync("/v1/embeddings", new { model = "bert", input = new[] { "a", string.Concat(Enumerable.Repeat("a ", 100)) }, truncation = "error" });
        var error = body.GetProperty("error");
        Assert.Equal((400, "input[1]"), (status, error.GetProperty("param").GetString()));
        Assert.Contains("102", error.GetProperty("message").GetString());
        Assert.Contains("62", error.GetProperty("message").GetString());
    }

    [Theory]
    [InlineData("""{"model":"ghost","input":"x"}""", 404, "model", "ghost")]
    [InlineData("{}", 400, "model", "model")]
    [InlineData("""{"model":"bert"}""", 400, "input", "input")]
    [InlineData("""{"model":"bert","input":null}""", 400, "input", "string")]
    [InlineData("""{"model":"bert","input":[]}""", 400, "input", "none")]
    [InlineData("""{"model":"bert","input":["a",1]}""", 400, "input[1]", "string")]
    [InlineData("""{"model":"bert","input":[1,"a"]}""", 400, "input", "string")]
    [InlineData("""{"model":"bert","input":[[1],"a"]}""", 400, "input[1]", "string")]
    [InlineData("""{"model":"bert","input":[[1],[]]}""", 400, "input[1]", "none")]
    [InlineData("""{"model":"bert","input":[1,64]}""", 400, "input", "64")]
    [InlineData("""{"model":"bert","input":[-1]}""", 400, "input", "-1")]
    [InlineData("""{"model":"bert","input":[1.5]}""", 400, "input", "string")]
    [InlineData("""{"model":"bert","input":{"a":1}}""", 400, "input", "string")]
    [InlineData("""{"model":"bert","input":"\ud800"}""", 400, "input", "surrogate")]
    [InlineData("""{"model":"bert","input":"x","encoding_format":"hex"}""", 400, "encoding_format", "hex")]
    [InlineData("""{"model":"bert","input":"x","dimensions":0}""", 400, "dimensions", "1 to 16")]
    [InlineData("""{"model":"bert","input":"x","dimensions":17}""", 400, "dimensions", "1 to 16")]
    [InlineData("""{"model":"bert","input":"x","dimensions":"8"}""", 400, "dimensions", "whole number")]
    [InlineData("""{"model":"bert","input":"x","prompt_name":"poem"}""", 400, "prompt_name", "poem")]
    [InlineData("""{"model":"bert","input":"x","input_type":"poem"}""", 400, "input_type", "poem")]
    [InlineData("""{"model":"tiny","input":"x","instruction":"find"}""", 400, "instruction", "serving.instruction")]
    [InlineData("""{"model":"bert","input":"x","prompt_name":"query","prompt":"y"}""", 400, "prompt_name", "several")]
    [InlineData("""{"model":"bert","input":[2,3],"prompt_name":"query"}""", 400, "input", "token ids")]
    [InlineData("""{"model":"bert","input":"x","truncation":"middle"}""", 400, "truncation", "middle")]
    [InlineData("""{"model":7,"input":"x"}""", 400, "model", "string")]
    [InlineData("""{"model":"bert","input":"x""", 400, null, "JSON")]
    [InlineData("""{"model":"bert","input":"x"} {}""", 400, null, "")]
    [InlineData("[]", 400, "body", "object")]
    [InlineData("", 400, null, "JSON")]
    public async Task Errors_have_the_shape_that_clients_read(string request, int status, string? field, string named)
    {
        var (found, body, _) = await serving.PostAsync("/v1/embeddings", request);
        Assert.Equal(status, found);
        var error = body.GetProperty("error");
        Assert.Equal(field, error.GetProperty("param").GetString());
        Assert.Equal("invalid_request_error", error.GetProperty("type").GetString());
        Assert.Contains(named, error.GetProperty("message").GetString());
        Assert.Equal(status == 404 ? "model_not_found" : null, error.GetProperty("code").GetString());
    }

    [Theory]
    [InlineData("/v1/nothing", 404)]
    [InlineData("/v1/models/ghost", 404)]
    public async Task Addresses_that_are_not_there_answer_in_the_same_shape(string path, int status)
    {
        using var response = await serving.Service.Http.GetAsync(path, Token);
        using var json = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Token));
        Assert.Equal(status, (int)response.StatusCode);
        Assert.NotEmpty(json.RootElement.GetProperty("error").GetProperty("message").GetString()!);
    }

    [Fact]
    public async Task Models_are_listed_and_found()
    {
        using var list = JsonDocument.Parse(await serving.Service.Http.GetStringAsync("/v1/models", Token));
        Assert.Equal(["bert", "tiny"], list.RootElement.GetProperty("data").EnumerateArray().Select(model => model.GetProperty("id").GetString()));
        using var one = JsonDocument.Parse(await serving.Service.Http.GetStringAsync("/v1/models/bert", Token));
        Assert.Equal(("bert", "model", "reasonir"), (one.RootElement.GetProperty("id").GetString(), one.RootElement.GetProperty("object").GetString(), one.RootElement.GetProperty("owned_by").GetString()));
    }

    [Fact]
    public async Task A_body_that_comes_in_pieces_is_read_as_if_it_came_whole()
    {
        var texts = Enumerable.Range(0, 300).Select(i => $"text {i} \"quoted\" \u00e4\u4e2d\ud83d\ude00 {new string((char)('a' + i % 26), i % 40)}").ToArray();
        var json = JsonSerializer.SerializeToUtf8Bytes(new { input = texts, model = "bert", user = "somebody", nested = new { input = new[] { 1 } } });
        var (_, whole, _) = await serving.PostAsync("/v1/embeddings", Encoding.UTF8.GetString(json));
        var pieces = new Pieces(json, 7);
        using var response = await serving.Service.Http.PostAsync("/v1/embeddings", new StreamContent(pieces) { Headers = { ContentType = new("application/json") } }, Token);
        using var answer = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Token));
        Assert.Equal(Vectors(whole), Vectors(answer.RootElement));
    }

    [Fact]
    public async Task More_texts_than_a_request_may_hold_are_refused()
    {
        var (status, body, _) = await serving.PostAsync("/v1/embeddings", new { model = "tiny", input = Enumerable.Repeat("sea", 2049) });
        Assert.Equal(400, status);
        Assert.Contains("2,048", body.GetProperty("error").GetProperty("message").GetString());
        var (good, vectors, _) = await serving.PostAsync("/v1/embeddings", new { model = "tiny", input = Enumerable.Repeat("sea", 2048) });
        Assert.Equal((200, 2048), (good, Vectors(vectors).Count));
    }

    internal static List<float[]> Vectors(JsonElement body) =>
        [.. body.GetProperty("data").EnumerateArray().Select(row => row.GetProperty("embedding").EnumerateArray().Select(value => value.GetSingle()).ToArray())];

    internal static void AssertClose(IEnumerable<float> expected, IEnumerable<float> found)
    {
        var (left, right) = (expected.ToArray(), found.ToArray());
        Assert.Equal(left.Length, right.Length);
        for (var i = 0; i < left.Length; i++)
            Assert.Equal(left[i], right[i], 2e-6f);
    }

    /// <summary>Gives a few bytes a read, so that the server's buffers break anywhere.</summary>
    sealed class Pieces(byte[] bytes, int size) : MemoryStream(bytes)
    {
        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await Task.Yield();
            return await base.ReadAsync(buffer[..Math.Min(buffer.Length, 1 + (int)Position % size)], cancellationToken);
        }
    }
}
