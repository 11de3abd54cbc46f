using System.Net;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ReasonIR.Hosting.Running;

namespace ReasonIR.Hosting.Page;

/// <summary>A resource with the last lines it wrote.</summary>
public sealed record ResourceView(
    string Name, string Type, ResourceState State, bool? Healthy, string? Url, int? Pid, int Restarts, int? ExitCode, string? Detail, DateTimeOffset? StartedAt,
    IReadOnlyList<string> Log);

/// <summary>
/// The system's own page on a loopback port: <c>/</c> for people, <c>/resources</c> for the portal (JSON, 20 lines of log each),
/// <c>/resources/NAME</c> (200 lines).
/// </summary>
sealed class ResourcePage : IAsyncDisposable
{
    readonly WebApplication app;

    ResourcePage(WebApplication app) => this.app = app;

    public string Url => app.Urls.First();

    public static async Task<ResourcePage> StartAsync(SystemRun run, CancellationToken cancellationToken)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        builder.Services.AddRoutingCore();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(0.2));
        var app = builder.Build();
        // A page of elsewhere whose name was pointed at 127.0.0.1 may not read the logs.
        app.Use((http, next) => http.Request.Host.Host is "127.0.0.1" or "localhost" ? next(http) : Refuse(http));
        app.MapGet("/", () => Results.Content(Html(run), "text/html; charset=utf-8"));
        app.MapGet("/resources", () => run.Runners.Select(r => View(r, 20)).ToList());
        app.MapGet("/resources/{name}", IResult (string name) =>
            run.Runners.FirstOrDefault(r => r.Status.Current.Name == name) is { } runner ? Results.Ok(View(runner, 200)) : Results.Problem($"There is no resource '{name}'.", statusCode: 404));
        await app.StartAsync(cancellationToken);
        return new ResourcePage(app);
    }

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }

    static Task Refuse(HttpContext http) =>
        Results.Problem($"Host {http.Request.Host} is not this machine.", statusCode: 400).ExecuteAsync(http);

    static ResourceView View(ResourceRunner runner, int lines)
    {
        var s = runner.Status.Current;
        return new ResourceView(
            s.Name, s.Type, s.State, s.Healthy, s.Url, s.Pid, s.Restarts, s.ExitCode, s.Detail, s.StartedAt, [.. runner.Status.Log.Snapshot().TakeLast(lines)]);
    }

    static string Html(SystemRun run)
    {
        var encode = HtmlEncoder.Default;
        var rows = run.Runners.Select(runner =>
        {
            var s = runner.Status.Current;
            var health = s.Healthy switch { true => ", healthy", false when s.State is ResourceState.Running => ", not yet healthy", _ => "" };
            var url = s.Url is { } u ? u.StartsWith("http", StringComparison.Ordinal) ? $"<a href=\"{encode.Encode(u)}\">{encode.Encode(u)}</a>" : encode.Encode(u) : "";
            return $"""
                <tr><td><b>{encode.Encode(s.Name)}</b><br><small>{s.Type}</small></td><td>{s.State}{health}<br><small>{encode.Encode(s.Detail ?? "")}</small></td>
                <td>{url}</td><td>{s.Pid}</td><td>{s.Restarts}</td><td><pre>{encode.Encode(string.Join('\n', runner.Status.Log.Snapshot().TakeLast(5)))}</pre></td></tr>
                """;
        });
        return $$"""
            <!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta http-equiv="refresh" content="3">
            <title>ReasonIR resources</title><style>:root { color-scheme: light dark } body { font-family: system-ui; margin: 1rem }
            td, th { text-align: left; vertical-align: top; padding: .3rem .8rem } pre { margin: 0; font-size: .75rem; max-width: 60rem; overflow: auto }</style></head>
            <body><h1>Resources</h1><table><tr><th>Name</th><th>State</th><th>Address</th><th>Process</th><th>Restarts</th><th>Last lines</th></tr>{{string.Concat(rows)}}</table></body></html>
            """;
    }
}
