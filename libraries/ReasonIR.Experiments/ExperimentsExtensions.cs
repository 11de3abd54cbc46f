using System.Data.Common;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Npgsql;
using ReasonIR.Experiments.Artifacts;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Experiments.Models;
using ReasonIR.Experiments.Pipelines;
using ReasonIR.Experiments.Runs;
using ReasonIR.Experiments.Schema;
using ReasonIR.Experiments.Synthesis;

namespace ReasonIR.Experiments;

/// <summary>Wires the experiment database into a service.</summary>
public static class ExperimentsExtensions
{
    /// <summary>The connection string's name.</summary>
    public const string Connection = "reasonir";

    /// <summary>Connections a process may open: many services share one server.</summary>
    const int PoolSize = 15;

    /// <summary>
    /// Adds the database (<c>ConnectionStrings:reasonir</c>), the artifact store (<c>REASONIR_ARTIFACTS</c>), the stores and the
    /// run queue. Workers add <see cref="AddRunHandler{T}"/>.
    /// </summary>
    public static IHostApplicationBuilder AddExperiments(this IHostApplicationBuilder builder)
    {
        var services = builder.Services;
        services.AddSingleton(_ => NpgsqlDataSource.Create(ConnectionString(builder.Configuration)));
        services.AddPooledDbContextFactory<ExperimentsDb>((provider, options) => options.UseNpgsql(provider.GetRequiredService<NpgsqlDataSource>()));
        services.TryAddScoped(provider => provider.GetRequiredService<IDbContextFactory<ExperimentsDb>>().CreateDbContext());
        services.AddOptions<ArtifactOptions>().BindConfiguration("Artifacts").Configure<IConfiguration>((artifacts, configuration) =>
            artifacts.Root = configuration["REASONIR_ARTIFACTS"] ?? artifacts.Root);
        services.AddOptions<ModelOptions>().Configure<IConfiguration>((models, configuration) =>
            models.Roots = configuration["REASONIR_MODEL_ROOTS"]?.Split(':', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries) ?? []);
        services.AddOptions<RunWorkerOptions>().BindConfiguration("Runs")
            .Validate(o => o.Lease >= TimeSpan.FromMilliseconds(100) && o.Flush > TimeSpan.Zero && o.DefaultConcurrency >= 0 && o.Concurrency.Values.All(c => c >= 0),
                "Runs: Lease is at least 0.1 s, Flush above zero, concurrencies not negative")
            .ValidateOnStart();
        services.AddSingleton<RunEvents>();
        services.AddSingleton<RunQueue>();
        services.AddSingleton<ArtifactStore>();
        services.AddSingleton<ArtifactSweep>();
        services.AddSingleton<ModelRoots>();
        services.AddSingleton<DocumentStore>();
        services.AddSingleton<QuerySetStore>();
        services.AddSingleton<JudgmentStore>();
        services.AddSingleton<DatasetStore>();
        services.AddSingleton<ReviewStore>();
        services.AddSingleton<SynthesisItemStore>();
        services.AddSingleton<PipelineStore>();
        services.AddSingleton<RewriteStore>();
        services.AddSingleton<SchemaMigrator>();
        services.AddHealthChecks().AddCheck<DatabaseHealth>("database");
        return builder;
    }

    /// <summary>Has this process work on the runs of a kind; <typeparamref name="T"/> is made once.</summary>
    public static IServiceCollection AddRunHandler<T>(this IServiceCollection services) where T : class, IRunHandler
    {
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IRunHandler, T>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IHostedService, RunWorker>());
        return services;
    }

    static string ConnectionString(IConfiguration configuration)
    {
        var given = configuration.GetConnectionString(Connection);
        if (string.IsNullOrWhiteSpace(given))
            throw new InvalidOperationException($"ConnectionStrings__{Connection} is not set: it names the Postgres database of the experiments");
        var connection = new NpgsqlConnectionStringBuilder(given);
        if (!new DbConnectionStringBuilder { ConnectionString = given }.Keys.Cast<string>()
            .Any(key => key.Replace(" ", "").Equals("MaximumPoolSize", StringComparison.OrdinalIgnoreCase) || key.Equals("Max Pool Size", StringComparison.OrdinalIgnoreCase)))
            connection.MaxPoolSize = PoolSize;
        return connection.ConnectionString;
    }
}
