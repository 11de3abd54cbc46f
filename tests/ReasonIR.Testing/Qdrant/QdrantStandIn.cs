using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ReasonIR.Testing.Qdrant;

/// <summary>
/// A server on a free loopback port that does with sparse vectors what Qdrant does, as its recorded exchanges show: it keeps the points of
/// each collection and answers queries by inner products of all of them, added up in floats. Everything else it refuses with 501.
/// </summary>
public sealed class QdrantStandIn : IAsyncDisposable
{
    readonly WebApplication app;
    readonly Lock gate = new();
    readonly Dictionary<string, StandInCollection> collections = [];
    readonly Dictionary<string, string> aliases = [];

    QdrantStandIn(WebApplication app) => this.app = app;

    /// <summary>Its address, as <c>ConnectionStrings__qdrant_http</c> names it.</summary>
    public string Address { get; private set; } = "";

    /// <summary>Requests so far, as <c>METHOD path</c> without the query string.</summary>
    public List<string> Requests { get; } = [];

    /// <summary>The names of the collections that are there.</summary>
    public IReadOnlyList<string> Collections
    {
        get { lock (gate) return [.. collections.Keys.Order(StringComparer.Ordinal)]; }
    }

    public static async Task<QdrantStandIn> StartAsync(CancellationToken cancellation)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var server = new QdrantStandIn(app);
        app.Run(server.HandleAsync);
        await app.StartAsync(cancellation);
        server.Address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        return server;
    }

    public async ValueTask DisposeAsync() => await app.DisposeAsync();

    async Task HandleAsync(HttpContext http)
    {
        using var reader = new StreamReader(http.Request.Body);
        var text = await reader.ReadToEndAsync(http.RequestAborted);
        var body = text.Length == 0 ? null : JsonNode.Parse(text);
        var path = http.Request.Path.Value!.Trim('/').Split('/');
        (int Status, JsonNode? Result) answer;
        lock (gate)
        {
            Requests.Add($"{http.Request.Method} {http.Request.Path}");
            answer = Answer(http.Request.Method, path, body);
        }
        http.Response.StatusCode = answer.Status;
        http.Response.ContentType = "application/json";
        var root = path is [""];
        await http.Response.WriteAsync(root ? answer.Result!.ToJsonString() : answer.Status == 200
            ? new JsonObject { ["result"] = answer.Result, ["status"] = "ok", ["time"] = 0.001 }.ToJsonString()
            : new JsonObject { ["status"] = new JsonObject { ["error"] = answer.Result }, ["time"] = 0.001 }.ToJsonString());
    }

    (int, JsonNode?) Answer(string method, string[] path, JsonNode? body)
    {
        if (path is [""])
            return (200, new JsonObject { ["title"] = "qdrant - vector search engine", ["version"] = "1.18.3" });
        if (path is ["collections", "aliases"])
        {
            foreach (var action in body!["actions"]!.AsArray())
                if (action!["create_alias"] is { } create)
                    aliases[(string)create["alias_name"]!] = (string)create["collection_name"]!;
            return (200, true);
        }
        if (path is not ["collections", var name, ..])
            return (501, "not implemented");
        name = aliases.GetValueOrDefault(name, name);
        switch (method, path[2..])
        {
            case ("GET", ["exists"]):
                return (200, new JsonObject { ["exists"] = collections.ContainsKey(name) });
            case ("PUT", []):
                return collections.TryAdd(name, new(body!["sparse_vectors"]!.DeepClone())) ? (200, true) : (409, $"Wrong input: Collection `{name}` already exists!");
            case ("DELETE", []):
                return (200, collections.Remove(name));
        }
        if (!collections.TryGetValue(name, out var collection))
            return (404, $"Not found: Collection `{name}` doesn't exist!");
        switch (method, path[2..])
        {
            case ("GET", []):
                return (200, collection.Info());
            case ("PATCH", []):
                return (200, true);
            case ("PUT", ["index"]):
                return (200, new JsonObject { ["operation_id"] = 1, ["status"] = "completed" });
            case ("PUT", ["points"]):
                collection.Upsert(body!["points"]!.AsArray());
                return (200, new JsonObject { ["operation_id"] = 1, ["status"] = "completed" });
            case ("POST", ["points", "count"]):
                return (200, new JsonObject { ["count"] = collection.Count });
            case ("POST", ["points", "query"]):
                return (200, collection.Query(body!));
            case ("POST", ["points", "query", "batch"]):
                return (200, new JsonArray([.. body!["searches"]!.AsArray().Select(search => (JsonNode)collection.Query(search!))]));
            default:
                return (501, "not implemented");
        }
    }
}
