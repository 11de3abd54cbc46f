using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Options;
using ReasonIR.ServiceDefaults.Discovery;

namespace ReasonIR.ServiceDefaults.Resilience;

public static class ResilienceExtensions
{
    /// <summary>Sets timeouts and retries of one client.</summary>
    public static IHttpClientBuilder WithResilience(this IHttpClientBuilder client, Action<ClientResilienceOptions> configure)
    {
        client.Services.Configure(client.Name, configure);
        return client;
    }

    /// <summary>Every client: retries and timeouts by its name outside, service discovery inside (each attempt may take another replica).</summary>
    internal static void AddClientResilience(this IHostApplicationBuilder builder)
    {
        builder.Services.AddHttpClient();
        builder.Services.ConfigureAll<HttpClientFactoryOptions>(factory =>
        {
            // The pipeline owns the time limits: the client's own 100 s would cut uploads.
            factory.HttpClientActions.Insert(0, client => client.Timeout = Timeout.InfiniteTimeSpan);
            factory.HttpMessageHandlerBuilderActions.Insert(0, handlers =>
            {
                var options = handlers.Services.GetRequiredService<IOptionsMonitor<ClientResilienceOptions>>().Get(handlers.Name);
                handlers.AdditionalHandlers.Add(new ResilienceHandler(options));
                handlers.AdditionalHandlers.Add(handlers.Services.GetRequiredService<ServiceDiscoveryHandler>());
            });
        });
    }
}
