using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using ReasonIR.ServiceDefaults.Access;
using ReasonIR.ServiceDefaults.Discovery;
using ReasonIR.ServiceDefaults.Errors;
using ReasonIR.ServiceDefaults.Resilience;
using ReasonIR.ServiceDefaults.Telemetry;

namespace Microsoft.Extensions.Hosting;

/// <summary>What every service shares, in the shape of Aspire's own template.</summary>
public static class Extensions
{
    /// <summary>
    /// Telemetry, health, service discovery and resilience for every HttpClient, ProblemDetails for every error, request size
    /// limits, and the API key: without <c>REASONIR_API_KEY</c> a service listens on loopback only.
    /// </summary>
    public static TBuilder AddServiceDefaults<TBuilder>(this TBuilder builder) where TBuilder : IHostApplicationBuilder
    {
        builder.AddLogDefaults();
        builder.AddTelemetry();
        builder.AddAccess();
        builder.AddRequestLimits();
        builder.AddProblems();
        builder.AddServiceDiscovery();
        builder.AddClientResilience();
        builder.Services.AddHealthChecks().AddCheck("self", () => HealthCheckResult.Healthy(), ["live"]);
        // The whole system stops within five seconds; a run that is cut off resumes from its checkpoint.
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(3));
        return builder;
    }

    /// <summary><c>/health</c>: every check passes, ready for work; <c>/alive</c>: the process answers. Neither needs the key.</summary>
    public static TBuilder MapDefaultEndpoints<TBuilder>(this TBuilder app) where TBuilder : IEndpointRouteBuilder
    {
        app.MapHealthChecks("/health");
        app.MapHealthChecks("/alive", new HealthCheckOptions { Predicate = check => check.Tags.Contains("live") });
        return app;
    }
}
