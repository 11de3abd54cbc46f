using System.Text.Json.Nodes;
using ReasonIR.Testing;
using Xunit;

namespace ReasonIR.Retrieval.Tests.Qdrant;

/// <summary>One recorded exchange with a real server (golden/qdrant).</summary>
public sealed record Exchange(string Name, string Method, string Path, string? Key, JsonNode? Request, WireAnswer Answer);

/// <summary>The recorded exchanges, and a server that expects some of them in their order: method, path, key and body have to be the same.</summary>
public static class Transcript
{
    static readonly Lazy<Dictionary<string, Exchange>> All = new(() => File.ReadLines(SharedData.Require("golden/qdrant/transcript.jsonl")).Select(line =>
    {
        var json = JsonNode.Parse(line)!;
        var response = json["response"] is JsonValue text && text.GetValueKind() == System.Text.Json.JsonValueKind.String ? text.GetValue<string>() : json["response"]?.ToJsonString() ?? "";
        return new Exchange((string)json["name"]!, (string)json["method"]!, (string)json["path"]!, (string?)json["headers"]?["api-key"], json["request"]?.DeepClone(),
            new((int)json["status"]!, response, (string?)json["response_headers"]?["retry-after"]));
    }).ToDictionary(exchange => exchange.Name));

    public static Exchange Find(string name) => All.Value[name];

    /// <summary>A server that answers these exchanges, each once, in this order.</summary>
    public static (LocalServer Server, Action AssertAllAsked) Serve(params Exchange[] expected)
    {
        var next = 0;
        return (new(request =>
        {
            var place = Interlocked.Increment(ref next) - 1;
            Assert.True(place < expected.Length, $"{request.Method} {request.Path} was not expected any more");
            var exchange = expected[place];
            Assert.Equal((exchange.Method, exchange.Path, exchange.Key), (request.Method, request.Path, request.Key));
            var body = request.Body.Length == 0 ? null : JsonNode.Parse(request.Body);
            Assert.True(JsonNode.DeepEquals(exchange.Request, body), $"{exchange.Name}: expected {exchange.Request?.ToJsonString()}, found {request.Body}");
            return exchange.Answer;
        }), () => Assert.Equal(expected.Length, next));
    }
}
