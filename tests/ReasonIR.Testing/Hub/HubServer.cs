using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ReasonIR.Testing.Hub;

/// <summary>A request that the hub or its storage got.</summary>
/// <param name="Storage">Whether it went to the storage that large files are redirected to.</param>
public sealed record HubRequest(bool Storage, string Path, string? Authorization, string? Range);

/// <summary>A repository on the server.</summary>
public sealed class HubRepository
{
    public required string Commit { get; init; }

    /// <summary>Branches and tags that lead to the commit.</summary>
    public IReadOnlyList<string> Revisions { get; init; } = ["main"];

    public required IReadOnlyDictionary<string, byte[]> Files { get; init; }

    /// <summary>Those not below are large files: redirected to the storage, with a SHA-256.</summary>
    public int SmallBytes { get; init; } = 1000;

    /// <summary>Only this token opens it; without it the hub says that there is no such repository.</summary>
    public string? PrivateTo { get; init; }

    /// <summary>The list is open, the files want an agreement.</summary>
    public bool Gated { get; init; }

    public string? License { get; init; }

    /// <summary>Renamed: every address answers with a redirect to this repository.</summary>
    public string? MovedTo { get; init; }
}

/// <summary>
/// A local server that behaves like the Hugging Face hub: listings, redirects of large files to a storage on another port, ranges, checksums
/// in headers, error codes, and faults on demand. It stands in for what is outside the system.
/// </summary>
public sealed class HubServer : IAsyncDisposable
{
    readonly WebApplication hub, storage;
    readonly ConcurrentQueue<HubRequest> requests = [];
    readonly ConcurrentDictionary<string, ConcurrentQueue<HubFault>> faults = [];
    Uri storageEndpoint = null!;

    HubServer(WebApplication hub, WebApplication storage) => (this.hub, this.storage) = (hub, storage);

    public Uri Endpoint { get; private set; } = null!;

    /// <summary>By <c>ORG/NAME</c>; data sets as <c>datasets/ORG/NAME</c>.</summary>
    public ConcurrentDictionary<string, HubRepository> Repositories { get; } = [];

    public IReadOnlyList<HubRequest> Requests => [.. requests];

    public static async Task<HubServer> StartAsync(CancellationToken cancellation)
    {
        var server = new HubServer(Build(), Build());
        server.hub.MapGet("/{**path}", server.HubAsync);
        server.storage.MapGet("/{**path}", server.StorageAsync);
        await server.hub.StartAsync(cancellation);
        await server.storage.StartAsync(cancellation);
        server.Endpoint = Address(server.hub);
        server.storageEndpoint = Address(server.storage);
        return server;
    }

    /// <summary>The next answers with the file's content go wrong in this way, one after another.</summary>
    public void Fail(string file, params HubFault[] next)
    {
        foreach (var fault in next)
            faults.GetOrAdd(file, _ => []).Enqueue(fault);
    }

    async Task HubAsync(HttpContext http)
    {
        var path = http.Request.Path.Value!.Trim('/');
        var authorization = http.Request.Headers.Authorization.FirstOrDefault();
        requests.Enqueue(new(false, path, authorization, http.Request.Headers.Range));
        var isList = path.StartsWith("api/", StringComparison.Ordinal) && path.Contains("/revision/");
        var key = isList ? path["api/".Length..path.IndexOf("/revision/", StringComparison.Ordinal)].Replace("models/", "") : path[..Math.Max(0, path.IndexOf("/resolve/", StringComparison.Ordinal))];
        if (!Repositories.TryGetValue(key, out var repository) || repository.PrivateTo is { } token && authorization != $"Bearer {token}")
        {
            await RefuseAsync(http, authorization is null ? 401 : 404, "RepoNotFound", "Repository not found");
            return;
        }
        if (repository.MovedTo is { } moved)
        {
            http.Response.StatusCode = 307;
            http.Response.Headers.Location = "/" + path.Replace(key, moved) + http.Request.QueryString;
            return;
        }
        var revision = Uri.UnescapeDataString(isList ? path[(path.IndexOf("/revision/", StringComparison.Ordinal) + "/revision/".Length)..] : path[(key.Length + "/resolve/".Length)..].Split('/')[0]);
        if (revision != repository.Commit && !repository.Revisions.Contains(revision))
            await RefuseAsync(http, 404, "RevisionNotFound", "Invalid rev id: " + revision);
        else if (isList)
            await http.Response.WriteAsJsonAsync(List(key, repository));
        else if (repository.Gated && authorization is null)
            await RefuseAsync(http, 401, "GatedRepo", "Access to this repository is restricted. Please log in.");
        else if (repository.Gated && authorization != "Bearer agreed")
            await RefuseAsync(http, 403, "GatedRepo", "Access to this repository is restricted and you are not in the authorized list.");
        else if (path[(key.Length + "/resolve/".Length)..].Split('/', 2) is not [_, var file] || !repository.Files.TryGetValue(file, out var content))
            await RefuseAsync(http, 404, "EntryNotFound", "Entry not found");
        else
        {
            http.Response.Headers["X-Repo-Commit"] = repository.Commit;
            if (content.Length < repository.SmallBytes)
            {
                http.Response.Headers.ETag = $"\"{GitSha1(content)}\"";
                await SendAsync(http, file, content);
                return;
            }
            http.Response.Headers.ETag = $"\"{GitSha1(Encoding.UTF8.GetBytes("a pointer"))}\"";
            http.Response.Headers["X-Linked-ETag"] = $"\"{Sha256(content)}\"";
            http.Response.Headers["X-Linked-Size"] = $"{content.Length}";
            http.Response.StatusCode = 302;
            http.Response.Headers.Location = new Uri(storageEndpoint, $"{key}/{repository.Commit}/{file}?signature=secret").AbsoluteUri;
        }
    }

    async Task StorageAsync(HttpContext http)
    {
        var path = http.Request.Path.Value!.Trim('/');
        requests.Enqueue(new(true, path, http.Request.Headers.Authorization.FirstOrDefault(), http.Request.Headers.Range));
        var (key, repository) = Repositories.First(entry => path.StartsWith($"{entry.Key}/{entry.Value.Commit}/", StringComparison.Ordinal));
        var file = path[(key.Length + repository.Commit.Length + 2)..];
        http.Response.Headers.ETag = "\"a tag of the storage's own\"";
        await SendAsync(http, file, repository.Files[file]);
    }

    async Task SendAsync(HttpContext http, string file, byte[] content)
    {
        HubFault? fault = null;
        if (faults.TryGetValue(file, out var next))
            next.TryDequeue(out fault);
        if (fault is HubFault.Busy or HubFault.Broken)
        {
            http.Response.StatusCode = fault is HubFault.Busy ? 429 : 503;
            if (fault is HubFault.Busy { RetryAfterSeconds: var seconds })
                http.Response.Headers.RetryAfter = $"{seconds}";
            return;
        }
        var from = 0;
        if (fault is not HubFault.WithoutRange && http.Request.GetTypedHeaders().Range?.Ranges.Single() is { From: { } first })
        {
            if (first >= content.Length)
            {
                http.Response.StatusCode = 416;
                http.Response.Headers.ContentRange = $"bytes */{content.Length}";
                return;
            }
            from = (int)first;
            http.Response.StatusCode = 206;
            http.Response.Headers.ContentRange = $"bytes {from}-{content.Length - 1}/{content.Length}";
        }
        var body = content.AsMemory(from).ToArray();
        if (fault is HubFault.Corrupt)
            body[^1] ^= 1;
        http.Response.Headers.AcceptRanges = "bytes";
        http.Response.ContentLength = body.Length;
        switch (fault)
        {
            case HubFault.Silent:
                await http.Response.StartAsync(http.RequestAborted);
                await Task.Delay(Timeout.Infinite, http.RequestAborted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
                break;
            case HubFault.Dropped { AfterBytes: var bytes }:
                await http.Response.Body.WriteAsync(body.AsMemory(0, Math.Min(bytes, body.Length)));
                await http.Response.Body.FlushAsync();
                await Task.Delay(50); // what was sent arrives before the connection is reset
                http.Abort();
                break;
            default:
                await http.Response.Body.WriteAsync(body);
                break;
        }
    }

    static object List(string key, HubRepository repository) => new
    {
        id = key,
        sha = repository.Commit,
        gated = repository.Gated ? (object)"auto" : false,
        cardData = new { license = repository.License },
        siblings = repository.Files.Select(file => file.Value.Length < repository.SmallBytes
            ? (object)new { rfilename = file.Key, size = file.Value.Length, blobId = GitSha1(file.Value) }
            : new { rfilename = file.Key, size = file.Value.Length, blobId = GitSha1(Encoding.UTF8.GetBytes("a pointer")), lfs = new { sha256 = Sha256(file.Value), size = file.Value.Length, pointerSize = 134 } }),
    };

    static Task RefuseAsync(HttpContext http, int status, string code, string message)
    {
        http.Response.StatusCode = status;
        http.Response.Headers["X-Error-Code"] = code;
        http.Response.Headers["X-Error-Message"] = message;
        return http.Response.WriteAsJsonAsync(new { error = message });
    }

    static string Sha256(byte[] content) => Convert.ToHexStringLower(SHA256.HashData(content));

    static string GitSha1(byte[] content) => Convert.ToHexStringLower(SHA1.HashData([.. Encoding.ASCII.GetBytes($"blob {content.Length}\0"), .. content]));

    static WebApplication Build()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        return builder.Build();
    }

    static Uri Address(WebApplication app) => new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    public async ValueTask DisposeAsync()
    {
        using var impatient = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        foreach (var app in new[] { hub, storage })
        {
            await app.StopAsync(impatient.Token);
            await app.DisposeAsync();
        }
    }
}
