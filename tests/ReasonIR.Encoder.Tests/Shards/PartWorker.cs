using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ReasonIR.Encoder.Serving;
using ReasonIR.Encoder.Shards;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Artifacts;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Testing.Services;

namespace ReasonIR.Encoder.Tests.Shards;

/// <summary>A worker on the parts of encode runs beside a service, with the service's models, that tells of each slice.</summary>
static class PartWorker
{
    public static async Task<IAsyncDisposable> StartAsync(ServiceUnderTest<Program> service, Func<int, CancellationToken, Task> afterSlice)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new());
        builder.Configuration["ConnectionStrings:reasonir"] = service.Connection;
        builder.Configuration["REASONIR_ARTIFACTS"] = service.Artifacts;
        builder.AddExperiments();
        builder.Services.AddSingleton(service.Services.GetRequiredService<ModelServer>());
        builder.Services.AddSingleton(provider => new VectorShardWriter(provider.GetRequiredService<ArtifactStore>(), afterSlice));
        builder.Services.AddRunHandler<EncodePartHandler>();
        var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        return new Stopped(host);
    }

    sealed class Stopped(IHost host) : IAsyncDisposable
    {
        public async ValueTask DisposeAsync()
        {
            await host.StopAsync(CancellationToken.None);
            await ((IAsyncDisposable)host).DisposeAsync();
        }
    }
}
