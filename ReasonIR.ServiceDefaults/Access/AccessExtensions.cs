using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace ReasonIR.ServiceDefaults.Access;

static class AccessExtensions
{
    public static void AddAccess(this IHostApplicationBuilder builder)
    {
        var key = ApiKey.From(builder.Configuration);
        builder.Services.AddSingleton(key);
        builder.Services.AddTransient<IStartupFilter, AccessFilter>();
        // Called for every endpoint, however it was configured, before its socket is opened.
        builder.Services.PostConfigure<KestrelServerOptions>(kestrel =>
            kestrel.ConfigureEndpointDefaults(listen => LoopbackRule.Check(listen, key)));
    }
}
