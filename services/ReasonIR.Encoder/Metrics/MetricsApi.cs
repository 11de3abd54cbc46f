using Microsoft.AspNetCore.Http.HttpResults;

namespace ReasonIR.Encoder.Metrics;

/// <summary><c>GET /metrics</c> for Prometheus.</summary>
public static class MetricsApi
{
    /// <summary>Adds <c>/metrics</c>.</summary>
    public static void MapMetrics(this IEndpointRouteBuilder app) =>
        app.MapGet("/metrics", Metrics).WithTags("Metrics").WithName("GetMetrics").WithSummary("Counters, gauges and histograms in Prometheus' text format.");

    static ContentHttpResult Metrics(PrometheusText text) => TypedResults.Text(text.Write(), PrometheusText.ContentType);
}
