using Microsoft.Extensions.Options;

namespace ReasonIR.Encoder.Serving;

/// <summary>Loads and warms the models named in <c>Serving:Preload</c> when the service starts.</summary>
public sealed class Preloading(ModelServer models, IOptions<ServingOptions> options, ILogger<Preloading> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stopping)
    {
        foreach (var name in options.Value.Preload)
            try
            {
                (await models.OpenAsync(name, stopping)).Dispose();
            }
            catch (Exception e) when (!stopping.IsCancellationRequested)
            {
                logger.LogWarning("Model {Model} of Serving:Preload cannot be loaded: {Error}", name, e.Message);
            }
    }
}
