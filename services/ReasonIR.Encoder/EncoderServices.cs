using Microsoft.Extensions.Options;
using ReasonIR.Encoder.Cache;
using ReasonIR.Encoder.Metrics;
using ReasonIR.Encoder.Pulling;
using ReasonIR.Encoder.Registration;
using ReasonIR.Encoder.Requests;
using ReasonIR.Encoder.Serving;
using ReasonIR.Encoder.Shards;
using ReasonIR.Experiments;
using ReasonIR.ServiceDefaults.Hub;

namespace ReasonIR.Encoder;

/// <summary>What the service is made of.</summary>
static class EncoderServices
{
    public static void AddEncoder(this WebApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddOptions<ServingOptions>().BindConfiguration("Serving").ValidateDataAnnotations().ValidateOnStart();
        services.AddSingleton<IValidateOptions<ServingOptions>, DeviceIsThere>();
        services.AddSingleton<EncoderMetrics>();
        services.AddSingleton(provider => new PrometheusText(provider.GetRequiredService<EncoderMetrics>().Meter));
        services.AddSingleton<ModelCatalog>();
        services.AddSingleton<ModelServer>();
        services.AddSingleton<EmbeddingCache>();
        services.AddHostedService(provider => provider.GetRequiredService<EmbeddingCache>());
        services.AddHostedService<Preloading>();
        services.AddSingleton<TextEncoding>();
        services.AddSingleton<VectorShardWriter>();
        services.AddSingleton<EncodedBefore>();
        services.AddSingleton<ModelRegistrar>();
        services.AddHub();
        // Before the framework's own, which writes ProblemDetails for every address.
        services.Insert(0, ServiceDescriptor.Singleton<IProblemDetailsWriter, ShapedProblems>());
        services.AddRunHandler<EncodeHandler>();
        services.AddRunHandler<EncodePartHandler>();
        services.AddRunHandler<RegisterModelHandler>();
        services.AddRunHandler<PullModelHandler>();
    }

    /// <summary>Made before the first request, so that nothing goes uncounted.</summary>
    public static void StartMetrics(this WebApplication app) => _ = app.Services.GetRequiredService<PrometheusText>();
}
