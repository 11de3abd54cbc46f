extern alias encoder;

using System.Globalization;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using ReasonIR.Benchmarks.Frame;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Models;

namespace ReasonIR.Benchmarks.Serving;

/// <summary>The Encoder service as a process of its own over a Postgres of its own, with one model; both go with it.</summary>
sealed class EncoderProcess : IAsyncDisposable
{
    /// <summary>What the model is called.</summary>
    public const string Model = "model";

    readonly ServiceProcess service;

    EncoderProcess(ServiceProcesses all, ServiceProcess service) => (All, this.service) = (all, service);

    public IPEndPoint Endpoint => service.Endpoint;

    /// <summary>What it shares its database and artifacts with.</summary>
    public ServiceProcesses All { get; }

    /// <param name="model">A model's folder.</param>
    public static async Task<EncoderProcess> StartAsync(string model, CancellationToken cancellation)
    {
        var all = await ServiceProcesses.StartAsync(new Dictionary<string, string> { ["REASONIR_MODEL_ROOTS"] = Path.GetFullPath(model) }, durable: false, cancellation);
        try
        {
            await RegisterAsync(all, model, cancellation);
            var more = new Dictionary<string, string> { ["Serving__CacheBytes"] = "0", ["Serving__Preload__0"] = Model };
            return new(all, await all.AddAsync(typeof(encoder::Program).Assembly, cancellation, more, $"Model {Model} is loaded"));
        }
        catch
        {
            await all.DisposeAsync();
            throw;
        }
    }

    /// <summary>Resident memory, bytes.</summary>
    public long Memory() => service.Memory();

    /// <summary>Processor time so far, seconds.</summary>
    public double CpuSeconds() => service.CpuSeconds();

    /// <summary>Texts of a batch so far, on average.</summary>
    public async Task<double> TextsPerBatchAsync(CancellationToken cancellation)
    {
        using var http = new HttpClient();
        var metrics = await http.GetStringAsync($"http://{Endpoint}/metrics", cancellation);
        double Value(string series) => double.Parse(metrics.Split('\n').First(line => line.StartsWith(series + " ", StringComparison.Ordinal))[(series.Length + 1)..], CultureInfo.InvariantCulture);
        return Value($"te_batch_next_size_sum{{model=\"{Model}\"}}") / Value($"te_batch_next_size_count{{model=\"{Model}\"}}");
    }

    static async Task RegisterAsync(ServiceProcesses all, string model, CancellationToken cancellation)
    {
        using var scope = all.Store<IServiceScopeFactory>().CreateScope();
        var db = scope.ServiceProvider.GetRequiredService<ExperimentsDb>();
        db.Models.Add(new Model { Name = Model, Kind = Models.ModelFolder.TypeOf(model), Path = Path.GetFullPath(model), Revision = "bench" });
        await db.SaveChangesAsync(cancellation);
    }

    public ValueTask DisposeAsync() => All.DisposeAsync();
}
