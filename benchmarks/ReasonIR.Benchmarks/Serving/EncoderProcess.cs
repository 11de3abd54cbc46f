extern alias encoder;

using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Models;
using ReasonIR.Experiments.Schema;
using ReasonIR.Hosting.Postgres;

namespace ReasonIR.Benchmarks.Serving;

/// <summary>The Encoder service as a process of its own over a Postgres of its own, with one model; both go with it.</summary>
sealed partial class EncoderProcess : IAsyncDisposable
{
    const string Model = "model";

    static readonly TimeSpan StartsWithin = TimeSpan.FromSeconds(60);

    readonly PostgresCluster postgres;
    readonly Process process;
    readonly string folder;

    EncoderProcess(PostgresCluster postgres, Process process, string folder, IPEndPoint endpoint) => (this.postgres, this.process, this.folder, Endpoint) = (postgres, process, folder, endpoint);

    public IPEndPoint Endpoint { get; }

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
            var (process, endpoint) = await RunAsync(settings, cancellation);
            return new(postgres, process, folder, endpoint);
        }
        catch
        {
            await postgres.DisposeAsync();
            Directory.Delete(folder, recursive: true);
            throw;
        }
    }

    /// <summary>Resident memory, bytes.</summary>
    public long Memory()
    {
        process.Refresh();
        return process.WorkingSet64;
    }

    /// <summary>Processor time so far, seconds.</summary>
    public double CpuSeconds()
    {
        process.Refresh();
        return process.TotalProcessorTime.TotalSeconds;
    }

    /// <summary>Texts of a batch so far, on average.</summary>
    public async Task<double> TextsPerBatchAsync(CancellationToken cancellation)
    {
        using var http = new HttpClient();
        var metrics = await http.GetStringAsync($"http://{Endpoint}/metrics", cancellation);
        double Value(string series) => double.Parse(metrics.Split('\n').First(line => line.StartsWith(series + " ", StringComparison.Ordinal))[(series.Length + 1)..], CultureInfo.InvariantCulture);
        return Value($"te_batch_next_size_sum{{model=\"{Model}\"}}") / Value($"te_batch_next_size_count{{model=\"{Model}\"}}");
    }

    static async Task RegisterAsync(Dictionary<string, string> settings, string model, CancellationToken cancellation)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        foreach (var (name, value) in settings)
            builder.Configuration[name.Replace("__", ":")] = value;
        builder.AddExperiments();
        using var host = builder.Build();
        await host.Services.GetRequiredService<SchemaMigrator>().MigrateAsync(cancellation);
        using var scope = host.Services.CreateScope();
        var db = scope.ServiceProvider.GetRequiredService<ExperimentsDb>();
        db.Models.Add(new Model { Name = Model, Kind = Models.ModelFolder.TypeOf(model), Path = Path.GetFullPath(model), Revision = "bench" });
        await db.SaveChangesAsync(cancellation);
    }

    static async Task<(Process, IPEndPoint)> RunAsync(Dictionary<string, string> settings, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo("dotnet") { ArgumentList = { typeof(encoder::Program).Assembly.Location, "--urls", "http://127.0.0.1:0" }, RedirectStandardOutput = true };
        foreach (var (name, value) in settings)
            start.Environment[name] = value;
        var process = Process.Start(start)!;
        try
        {
            using var late = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
            late.CancelAfter(StartsWithin);
            IPEndPoint? endpoint = null;
            var loaded = false;
            while (endpoint is null || !loaded)
            {
                var line = await process.StandardOutput.ReadLineAsync(late.Token) ?? throw new InvalidOperationException("The Encoder ended before it listened.");
                endpoint ??= Listening().Match(line) is { Success: true } match ? new(IPAddress.Loopback, int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture)) : null;
                loaded |= line.Contains($"Model {Model} is loaded", StringComparison.Ordinal);
            }
            _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None); // a full pipe would stop it
            return (process, endpoint);
        }
        catch
        {
            process.Kill();
            throw;
        }
    }

    [GeneratedRegex(@"Now listening on: http://127\.0\.0\.1:(\d+)")]
    private static partial Regex Listening();

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
            process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        await postgres.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}
