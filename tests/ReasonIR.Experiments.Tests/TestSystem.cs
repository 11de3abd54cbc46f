using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;
using ReasonIR.Experiments.Artifacts;
using ReasonIR.Experiments.Runs;
using ReasonIR.Experiments.Schema;
using ReasonIR.Experiments.Tests;
using ReasonIR.Testing;

[assembly: AssemblyFixture(typeof(PostgresFixture))]

namespace ReasonIR.Experiments.Tests;

/// <summary>A migrated database and an artifact folder of one test, and services on them.</summary>
sealed class TestSystem : IAsyncDisposable
{
    readonly List<IHost> hosts = [];

    public required string ConnectionString { get; init; }

    public string Folder { get; } = Directory.CreateTempSubdirectory("reasonir-experiments-").FullName;

    /// <summary>The service that tests use from outside; it works on no runs.</summary>
    public IServiceProvider Services { get; private set; } = null!;

    public RunQueue Queue => Services.GetRequiredService<RunQueue>();

    public NpgsqlDataSource Database => Services.GetRequiredService<NpgsqlDataSource>();

    public static async Task<TestSystem> CreateAsync(PostgresFixture postgres, bool migrate = true)
    {
        var system = new TestSystem { ConnectionString = await postgres.CreateDatabaseAsync(TestContext.Current.CancellationToken) };
        system.Services = (await system.StartAsync(null)).Services;
        if (migrate)
            await system.Services.GetRequiredService<SchemaMigrator>().MigrateAsync(TestContext.Current.CancellationToken);
        return system;
    }

    /// <summary>Starts a service whose handler of kind "scripted" is <paramref name="script"/>.</summary>
    public async Task<IHost> StartAsync(Func<RunContext, CancellationToken, Task>? script, Dictionary<string, string?>? settings = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ConnectionStrings:reasonir"] = ConnectionString,
            ["REASONIR_ARTIFACTS"] = Path.Combine(Folder, "artifacts"),
            ["Runs:Lease"] = "00:00:03",
            ["Runs:Flush"] = "00:00:00.05",
        });
        builder.Configuration.AddInMemoryCollection(settings);
        builder.AddExperiments();
        if (script is not null)
            builder.Services.AddSingleton(new Script(script)).AddRunHandler<ScriptedHandler>();
        var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        hosts.Add(host);
        return host;
    }

    public Task<long> EnqueueAsync(object? spec = null, long? parent = null, int maxAttempts = 3) =>
        Queue.EnqueueAsync(ScriptedHandler.RunKind, "a test", spec ?? new { }, parentRunId: parent, maxAttempts: maxAttempts,
            cancellation: TestContext.Current.CancellationToken);

    public Task<Run> WaitAsync(long id) =>
        Queue.WaitAsync(id, TestContext.Current.CancellationToken).WaitAsync(TimeSpan.FromSeconds(60), TestContext.Current.CancellationToken);

    public ExperimentsDb Db() => Services.GetRequiredService<IDbContextFactory<ExperimentsDb>>().CreateDbContext();

    public async Task<T> ScalarAsync<T>(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        return (T)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    /// <summary>Until some connection waits for a lock that another one holds.</summary>
    public async Task UntilBlockedAsync()
    {
        while (await ScalarAsync<long>("select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'") == 0)
            await Task.Delay(10, TestContext.Current.CancellationToken);
    }

    public async Task ExecuteAsync(string sql)
    {
        await using var command = Database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        hosts.Reverse();
        foreach (var host in hosts)
        {
            await host.StopAsync(CancellationToken.None);
            await ((IAsyncDisposable)host).DisposeAsync();
        }
        Directory.Delete(Folder, recursive: true);
    }

    public sealed record Script(Func<RunContext, CancellationToken, Task> RunAsync);

    public sealed class ScriptedHandler(Script script) : IRunHandler
    {
        public const string RunKind = "scripted";

        public string Kind => RunKind;

        public Task RunAsync(RunContext run, CancellationToken cancellation) => script.RunAsync(run, cancellation);
    }
}
