extern alias encoder;

using System.Globalization;
using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Models;
using ReasonIR.Experiments.Schema;
using ReasonIR.Hosting.Postgres;

namespace ReasonIR.Benchmarks.Serving;

/// <summary>The Encoder service as a process of its own over a Postgres of its own, with one model; both go with it.</summary>
sealed class EncoderProcess : IAsyncDisposable
{
    /// <summary>What the model is called.</summary>
    public const string Model = "model";

    readonly PostgresCluster postgres;
    readonly ServiceProcess service;
    readonly string folder;

    EncoderProcess(PostgresCluster postgres, ServiceProcess service, string folder, IReadOnlyDictionary<string, string> settings) =>
        (this.postgres, this.service, this.folder, Settings) = (postgres, service, folder, settings);

    public IPEndPoint Endpoint => service.Endpoint;

    /// <summary>The environment of a service that shares its database and artifacts.</summary>
    public IReadOnlyDictionary<string, string> Settings { get; }

    /// <param name="model">A model's folder.</param>
    public static async Task<EncoderProcess> StartAsync(string model, CancellationToken cancellation)
    {
        // Not below a home folder: another user's Postgres cannot pass there.
        var folder = Directory.CreateDirectory(Path.Combine("/tmp", $"reasonir-bench-{Environment.ProcessId}-{Guid.NewGuid():N}")).FullName;
        var postgres = await PostgresCluster.StartAsync(new() { DataDirectory = Path.Combine(folder, "postgres"), Durable = false }, cancellation);
        try
        {
            await postgres.CreateDatabaseAsync("bench", cancellation);
            var settings = new Dictionary<string, string>
            {
                ["ConnectionStrings__reasonir"] = postgres.DatabaseConnectionString("bench"),
                ["REASONIR_ARTIFACTS"] = Path.Combine(folder, "artifacts"),
                ["REASONIR_MODEL_ROOTS"] = Path.GetFullPath(model),
                ["Serving__CacheBytes"] = "0",
                ["Serving__Preload__0"] = Model,
            };
            await RegisterAsync(settings, model, cancellation);
            return new(postgres, await ServiceProcess.StartAsync(typeof(encoder::Program).Assembly.Location, settings, $"Model {Model} is loaded", cancellation), folder, settings);
        }
        catch
        {
            await postgres.DisposeAsync();
            Directory.Delete(folder, recursive: true);
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

    /// <summary>The database and the run queue as a service has them, in this process.</summary>
    public static IHost Host(IReadOnlyDictionary<string, string> settings)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        foreach (var (name, value) in settings)
            builder.Configuration[name.Replace("__", ":")] = value;
        builder.AddExperiments();
        return builder.Build();
    }

    static async Task RegisterAsync(IReadOnlyDictionary<string, string> settings, string model, CancellationToken cancellation)
    {
        using var host = Host(settings);
        await host.Services.GetRequiredService<SchemaMigrator>().MigrateAsync(cancellation);
        using var scope = host.Services.CreateScope();
        var db = scope.ServiceProvider.GetRequiredService<ExperimentsDb>();
        db.Models.Add(new Model { Name = Model, Kind = Models.ModelFolder.TypeOf(model), Path = Path.GetFullPath(model), Revision = "bench" });
        await db.SaveChangesAsync(cancellation);
    }

    public async ValueTask DisposeAsync()
    {
        await service.DisposeAsync();
        await postgres.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}
