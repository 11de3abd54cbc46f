using System.Text;
using System.Text.Json;

namespace ReasonIR.Encoder.Tests;

/// <summary>Bodies that no client would send: each is refused in the shape of its API, by a status below 500.</summary>
public sealed class HostileRequestTests(ServingFixture serving) : IClassFixture<ServingFixture>
{
    static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> Paths => new()
    {
        { "/v1/embeddings", "input" }, { "/embed", "inputs" }, { "/embed_all", "inputs" }, { "/tokenize", "inputs" }, { "/predict", "inputs" }, { "/rerank", "texts" }, { "/v1/rerank", "documents" },
    };

    [Theory]
    [MemberData(nameof(Paths))]
    public async Task No_body_makes_the_service_fail(string path, string field)
    {
        var deep = new string('[', 5000);
        string[] values =
        [
            "null", "true", "7", "-0", "1e999", "NaN", "{}", "[]", "[[]]", "[[[]]]", "[null]", "[{}]", "[true]", "[[null]]", "[[true]]", "[1,2,99999999999]", "[9223372036854775808]", "[-2147483649]", "[2147483647]",
            "[1e3]", "[[1,[2]]]", "[[1],2]", "\"\\ud800\"", "[\"\\udc00\\ud800\"]", "[\"\\u0000\"]", "\"\\x\"", "\"\u0001\"", deep, "[\"a\"", "[\"a\",]", "\"a", "[[\"a\",\"b\",\"c\"]]", "[{\"text\":7}]", "[{\"text\":\"a\",\"\\ud800\":1}]",
        ];
        string[] bodies =
        [
            "", " ", "null", "7", "\"a\"", "[]", "{", "{}", "{]", "{\"\\ud800\":1}", "{\"a\":1,\"a\":2}", "\ufeff{}", deep, "{\"a\":" + deep, "//", "{\"" + new string('a', 100_000) + "\":1}",
            .. values.Select(value => $$"""{"model":"bert","query":"q","{{field}}":{{value}}}"""),
            .. values.Select(value => $$"""{"model":"bert","query":"q","{{field}}":["a"],"dimensions":{{value}},"top_n":{{value}},"max_tokens":{{value}}}"""),
            .. values.Select(value => $$"""{"model":"bert","query":"q","{{field}}":["a"],"prompt_name":{{value}}}"""),
            .. values.Select(value => $$"""{"model":"bert","query":"q","{{field}}":["a"],"instruction":{{value}},"normalize":{{value}}}"""),
            .. values.Select(value => $$"""{"model":"bert","query":{{value}},"{{field}}":["a"]}"""),
            .. values.Select(value => $$"""{"model":{{value}},"query":"q","{{field}}":["a"]}"""),
        ];
        foreach (var body in bodies)
            await CheckAsync(path, Encoding.UTF8.GetBytes(body));
        // Bytes that are no UTF-8, in a name, in a value, in a model's name.
        byte[] wrong = [0xC3, 0x28, 0xFF, 0xED, 0xA0, 0x80];
        foreach (var around in new[] { ("{\"", "\":1}"), ($"{{\"model\":\"bert\",\"query\":\"q\",\"{field}\":[\"", "\"]}"), ("{\"model\":\"", $"\",\"query\":\"q\",\"{field}\":[\"a\"]}}") })
            await CheckAsync(path, [.. Encoding.UTF8.GetBytes(around.Item1), .. wrong, .. Encoding.UTF8.GetBytes(around.Item2)]);
    }

    [Theory]
    [InlineData("ghost")]
    [InlineData("a\\u0000b")]
    [InlineData("../../etc/passwd")]
    [InlineData("'; drop table models; --")]
    [InlineData("")]
    public async Task A_name_that_no_model_has_is_said_so(string name)
    {
        var (status, body, _) = await serving.PostAsync("/embed", $$"""{"model":"{{(name.Length == 0 ? new string('m', 1_000_000) : name)}}","inputs":"a"}""");
        Assert.Equal((404, "validation"), (status, body.GetProperty("error_type").GetString()));
        Assert.InRange(body.GetProperty("error").GetString()!.Length, 10, 300);
        // A path with a null character does not get past the test's own client.
        foreach (var path in name.Contains("u0000") ? ["/info?model="] : new[] { "/v1/models/", "/info?model=" })
        {
            using var answer = await serving.Service.Http.GetAsync(path + Uri.EscapeDataString(name.Length == 0 ? new string('m', 1000) : name.Replace("\\u0000", "\0")), Token);
            Assert.InRange((int)answer.StatusCode, 400, 499);
        }
    }

    async Task CheckAsync(string path, byte[] body)
    {
        using var content = new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } };
        using var answer = await serving.Service.Http.PostAsync(path, content, Token);
        var text = await answer.Content.ReadAsStringAsync(Token);
        var what = $"{path} {(int)answer.StatusCode} {Encoding.UTF8.GetString(body.AsSpan(0, Math.Min(body.Length, 200)))}\n{text[..Math.Min(text.Length, 500)]}";
        Assert.True((int)answer.StatusCode < 500, what);
        if (answer.IsSuccessStatusCode)
            return;
        Assert.Equal("application/json", answer.Content.Headers.ContentType?.MediaType);
        using var json = JsonDocument.Parse(text);
        var error = json.RootElement;
        var message = path == "/v1/embeddings" ? error.GetProperty("error").GetProperty("message") : path == "/v1/rerank" ? error.GetProperty("message") : error.GetProperty("error");
        Assert.False(string.IsNullOrWhiteSpace(message.GetString()), what);
    }
}
