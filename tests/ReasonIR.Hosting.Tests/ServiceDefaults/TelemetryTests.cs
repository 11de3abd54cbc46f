using System.Collections.Concurrent;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ReasonIR.Hosting.Tests.ServiceDefaults;

[CollectionDefinition(nameof(ProcessEnvironment), DisableParallelization = true)]
public sealed class ProcessEnvironment;

[Collection(nameof(ProcessEnvironment))]
public sealed class TelemetryTests
{
    [Fact]
    public async Task Traces_metrics_and_logs_go_to_the_configured_collector()
    {
        var received = new ConcurrentDictionary<string, string>();
        await using var collector = await TestService.StartAsync(app => app.MapPost("/v1/{signal}", async (string signal, HttpRequest request) =>
        {
            var body = new MemoryStream();
            await request.Body.CopyToAsync(body);
            received.AddOrUpdate(signal, Encoding.Latin1.GetString(body.ToArray()), (_, before) => before + Encoding.Latin1.GetString(body.ToArray()));
            return Results.Bytes([], "application/x-protobuf");
        }));
        // The exporter reads its variables from the process.
        Environment.SetEnvironmentVariable("OTEL_EXPORTER_OTLP_PROTOCOL", "http/protobuf");
        Environment.SetEnvironmentVariable("OTEL_EXPORTER_OTLP_ENDPOINT", collector.Url);
        Environment.SetEnvironmentVariable("OTEL_SERVICE_NAME", "search-under-test");
        try
        {
            await using var service = await TestService.StartAsync(app => app.MapGet("/traced", (ILogger<TelemetryTests> logger) =>
            {
                using var scope = logger.BeginScope(new Dictionary<string, object> { ["run"] = 42 });
                logger.LogWarning("seen by the collector");
                return "ok";
            }));
            using var client = service.PlainClient();
            Assert.Equal("ok", await client.GetStringAsync("/traced", TestContext.Current.CancellationToken));
        }
        finally
        {
            foreach (var name in new[] { "OTEL_EXPORTER_OTLP_PROTOCOL", "OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_SERVICE_NAME" })
                Environment.SetEnvironmentVariable(name, null);
        }
        Assert.Contains("/traced", received["traces"]);
        Assert.Contains("search-under-test", received["traces"]);
        Assert.Contains("http.server.request.duration", received["metrics"]);
        Assert.Contains("seen by the collector", received["logs"]);
        Assert.Contains("search-under-test", received["logs"]);
        Assert.Contains("run", received["logs"]);
    }
}
