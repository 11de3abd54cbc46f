using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace ReasonIR.ServiceDefaults.Hub;

/// <summary>The hub's client, as the configuration names it.</summary>
public static class HubExtensions
{
    /// <summary>Binds the section <c>Hub</c>, <c>HF_ENDPOINT</c> and <c>HF_TOKEN</c>.</summary>
    public static IServiceCollection AddHub(this IServiceCollection services)
    {
        services.AddOptions<HubOptions>().BindConfiguration("Hub").Configure<IConfiguration>((hub, configuration) => hub.Read(name => configuration[name]));
        return services.AddSingleton(provider => new HubClient(provider.GetRequiredService<IOptions<HubOptions>>().Value));
    }
}
