using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using OpenTelemetry;
using OpenTelemetry.Logs;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace ReasonIR.ServiceDefaults.Telemetry;

/// <summary>
/// Traces, metrics and logs over OTLP, only where <c>OTEL_EXPORTER_OTLP_ENDPOINT</c> (or one signal's own) is set: the exporter reads it and its
/// companions itself. The packages that hook into hosting and instrument ASP.NET cannot be had everywhere; the framework's own sources and
/// meters say the same.
/// </summary>
static class TelemetryExtensions
{
    public static void AddTelemetry(this IHostApplicationBuilder builder)
    {
        if (!new[] { "", "TRACES_", "METRICS_", "LOGS_" }.Any(signal => !string.IsNullOrEmpty(builder.Configuration[$"OTEL_EXPORTER_OTLP_{signal}ENDPOINT"])))
            return;
        var service = builder.Environment.ApplicationName;
        builder.Logging.AddOpenTelemetry(logs =>
        {
            logs.IncludeFormattedMessage = true;
            logs.IncludeScopes = true;
            logs.SetResourceBuilder(Describe(ResourceBuilder.CreateDefault(), service));
            logs.AddOtlpExporter();
        });
        builder.Services.AddHostedService(_ => new TelemetryService(service));
    }

    // OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES, read last, win over the program's name.
    static ResourceBuilder Describe(ResourceBuilder resource, string service) =>
        resource.Clear().AddTelemetrySdk().AddService(service).AddEnvironmentVariableDetector();

    /// <summary>Holds the exporters from start to stop; stopping flushes them.</summary>
    sealed class TelemetryService(string service) : IHostedService
    {
        OpenTelemetrySdk? sdk;

        public Task StartAsync(CancellationToken cancellationToken)
        {
            sdk = OpenTelemetrySdk.Create(telemetry => telemetry
                .ConfigureResource(resource => Describe(resource, service))
                .WithTracing(tracing => tracing
                    .AddSource("Microsoft.AspNetCore", "System.Net.Http", "Npgsql", "ReasonIR.*")
                    .AddOtlpExporter())
                .WithMetrics(metrics => metrics
                    .AddMeter("Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Net.Http", "System.Runtime", "Npgsql", "ReasonIR.*")
                    .AddOtlpExporter()));
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken)
        {
            sdk?.Dispose();
            return Task.CompletedTask;
        }
    }
}
