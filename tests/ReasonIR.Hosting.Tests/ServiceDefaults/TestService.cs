using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ReasonIR.Hosting.Tests.ServiceDefaults;

/// <summary>A service with the defaults, really listening on a free loopback port.</summary>
sealed class TestService : IAsyncDisposable
{
    readonly WebApplication app;

    TestService(WebApplication app) => this.app = app;

    public string Url => app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();

    public IServiceProvider Services => app.Services;

    /// <param name="settings">Configuration, as environment variables would give it (<c>:</c> for <c>__</c>).</param>
    public static async Task<TestService> StartAsync(
        Action<WebApplication>? map = null, Action<IServiceCollection>? services = null, params (string Key, string Value)[] settings)
    {
        var builder = WebApplication.CreateBuilder(new WebApplicationOptions { EnvironmentName = "Production" });
        builder.Configuration.AddInMemoryCollection([new("urls", "http://127.0.0.1:0"), new("Logging:LogLevel:Microsoft.Hosting.Lifetime", "Warning")]);
        builder.Configuration.AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Key, (string?)s.Value)));
        builder.AddServiceDefaults();
        services?.Invoke(builder.Services);
        var app = builder.Build();
        app.MapDefaultEndpoints();
        map?.Invoke(app);
        await app.StartAsync(TestContext.Current.CancellationToken);
        return new TestService(app);
    }

    /// <summary>A client without any of the defaults: what a stranger sends.</summary>
    public HttpClient PlainClient() => new(new SocketsHttpHandler { UseProxy = false }) { BaseAddress = new Uri(Url) };

    /// <summary>A client as the service itself makes them.</summary>
    public HttpClient Client(string name = "") => app.Services.GetRequiredService<IHttpClientFactory>().CreateClient(name);

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }
}
