using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;

namespace ReasonIR.ServiceDefaults.Discovery;

static class DiscoveryExtensions
{
    public static void AddServiceDiscovery(this IHostApplicationBuilder builder)
    {
        builder.Services.TryAddSingleton<ServiceDiscovery>();
        builder.Services.TryAddTransient<ServiceDiscoveryHandler>();
    }
}
