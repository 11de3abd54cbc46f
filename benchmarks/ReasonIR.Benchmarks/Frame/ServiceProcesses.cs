using System.Reflection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ReasonIR.Benchmarks.Synthesis;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Runs;
using ReasonIR.Experiments.Schema;
using ReasonIR.Hosting.Postgres;

namespace ReasonIR.Benchmarks.Frame;

/// <summary>Services as processes of their own over a Postgres and an artifact store of their own; all go with it.</summary>
sealed class ServiceProcesses : IAsyncDisposable
{
    readonly PostgresCluster postgres;
    readonly IHost host;
    readonly string folder;
    readonly Dictionary<string, string> settings;
    readonly List<ServiceProcess> processes = [];

    ServiceProcesses(PostgresCluster postgres, IHost host, string folder, Dictionary<string, string> settings) => (this.postgres, this.host, this.folder, this.settings) = (postgres, host, folder, settings);

    /// <summary>The processes' ids.</summary>
    public IEnumerable<int> Ids => processes.Select(process => process.Id);

    /// <summary>The id of Postgres, whose children are its connections.</summary>
    public int DatabaseId => postgres.ProcessId;

    /// <summary>Processor time of Postgres and its connections so far, seconds.</summary>
    public double DatabaseSeconds() => ProcessorTimes.WithChildren(DatabaseId);

    public string Artifacts => Path.Combine(folder, "artifacts");

    /// <param name="more">What the services' environment holds besides.</param>
    /// <param name="durable">False: the database is not made safe against a crash of the machine, where that is not what is measured.</param>
    public static async Task<ServiceProcesses> StartAsync(IReadOnlyDictionary<string, string> more, bool durable, CancellationToken cancellation)
    {
        // Not below a home folder: another user's Postgres cannot pass there.
        var folder = Directory.CreateDirectory(Path.Combine("/tmp", $"reasonir-bench-{Environment.ProcessId}-{Guid.NewGuid():N}")).FullName;
        var postgres = await PostgresCluster.StartAsync(new() { DataDirectory = Path.Combine(folder, "postgres"), Durable = durable }, cancellation);
        await postgres.CreateDatabaseAsync("bench", cancellation);
        var settings = new Dictionary<string, string>(more)
        {
            ["ConnectionStrings__reasonir"] = postgres.DatabaseConnectionString("bench"),
            ["REASONIR_ARTIFACTS"] = Path.Combine(folder, "artifacts"),
        };
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.ClearProviders();
        foreach (var (name, value) in settings)
            builder.Configuration[name.Replace("__", ":")] = value;
        builder.AddExperiments();
        var host = builder.Build();
        await host.Services.GetRequiredService<SchemaMigrator>().MigrateAsync(cancellation);
        return new(postgres, host, folder, settings);
    }

    /// <summary>One of our own stores over the same database.</summary>
    public T Store<T>() where T : notnull => host.Services.GetRequiredService<T>();

    /// <summary>Starts a process of a service.</summary>
    /// <param name="service">Its assembly.</param>
    /// <param name="more">What its environment holds besides that of all.</param>
    /// <param name="ready">What its log says when it can be measured; null: it listens.</param>
    public async Task<ServiceProcess> AddAsync(Assembly service, CancellationToken cancellation, IReadOnlyDictionary<string, string>? more = null, string? ready = null)
    {
        var process = await ServiceProcess.StartAsync(service.Location, new Dictionary<string, string>([.. settings, .. more ?? new Dictionary<string, string>()]), ready, cancellation);
        processes.Add(process);
        return process;
    }

    /// <summary>Waits for a run's end and reads what it left.</summary>
    public async Task<TOutput> RunAsync<TSpec, TOutput>(string kind, TSpec spec, CancellationToken cancellation) where TSpec : IRunSpec where TOutput : class
    {
        var queue = Store<RunQueue>();
        var run = await queue.WaitAsync(await queue.EnqueueAsync(kind, spec.Title, spec, cancellation: cancellation), cancellation);
        return run.State == RunState.Succeeded ? run.ReadOutput<TOutput>()! : throw new InvalidOperationException($"The run {run.State}: {run.Error}");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in processes)
            await process.DisposeAsync();
        if (host is IAsyncDisposable disposable)
            await disposable.DisposeAsync();
        await postgres.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}
