using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments.Runs;
using ReasonIR.Experiments.Schema;
using ReasonIR.Experiments;
using Xunit;

namespace ReasonIR.Testing.Services;

/// <summary>A service in this process, as in production, over a database of its own on the assembly's Postgres.</summary>
/// <typeparam name="TProgram">The service's entry point.</typeparam>
public sealed class ServiceUnderTest<TProgram> : IAsyncDisposable where TProgram : class
{
    readonly WebApplicationFactory<TProgram> factory;
    readonly DirectoryInfo artifacts;

    ServiceUnderTest(WebApplicationFactory<TProgram> factory, DirectoryInfo artifacts, string connection) => (this.factory, this.artifacts, Connection) = (factory, artifacts, connection);

    static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>What the service is made of.</summary>
    public IServiceProvider Services => factory.Services;

    /// <summary>The database's connection string, for a process that shares it.</summary>
    public string Connection { get; }

    /// <summary>The artifact store's directory.</summary>
    public string Artifacts => artifacts.FullName;

    /// <summary>A client of the service.</summary>
    public HttpClient Http
    {
        get
        {
            var client = factory.CreateClient();
            client.Timeout = Patience.Answer;
            return client;
        }
    }

    /// <summary>The run queue.</summary>
    public RunQueue Queue => factory.Services.GetRequiredService<RunQueue>();

    /// <summary>Starts the service on an empty, migrated database.</summary>
    /// <param name="postgres">The assembly's server.</param>
    /// <param name="settings">Configuration keys beside those that every test has.</param>
    public static async Task<ServiceUnderTest<TProgram>> StartAsync(PostgresFixture postgres, params (string Key, string? Value)[] settings)
    {
        var connection = await postgres.CreateDatabaseAsync(Token);
        var artifacts = Directory.CreateTempSubdirectory("reasonir-service-");
        var factory = new WebApplicationFactory<TProgram>().WithWebHostBuilder(host =>
        {
            host.UseEnvironment("Production");
            host.UseSetting("ConnectionStrings:reasonir", connection);
            host.UseSetting("REASONIR_ARTIFACTS", artifacts.FullName);
            host.UseSetting("Runs:Flush", "00:00:00.1");
            foreach (var (key, value) in settings)
                host.UseSetting(key, value);
        });
        // The worker starts with the service, so the schema must be there before.
        var builder = Host.CreateApplicationBuilder();
        builder.Configuration["ConnectionStrings:reasonir"] = connection;
        builder.Configuration["REASONIR_ARTIFACTS"] = artifacts.FullName;
        builder.AddExperiments();
        using (var migrations = builder.Build())
            await migrations.Services.GetRequiredService<SchemaMigrator>().MigrateAsync(Token);
        try
        {
            _ = factory.Server;
        }
        catch
        {
            await factory.DisposeAsync();
            artifacts.Delete(recursive: true);
            throw;
        }
        return new(factory, artifacts, connection);
    }

    /// <summary>Puts files into an upload, as the portal does.</summary>
    public string Upload(params (string Path, string Content)[] files)
    {
        var id = Guid.NewGuid().ToString("N");
        foreach (var (path, content) in files)
        {
            var target = Path.Combine(artifacts.FullName, "uploads", id, path);
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.WriteAllText(target, content);
        }
        return id;
    }

    /// <summary>Copies a folder into an upload.</summary>
    public string UploadFolder(string folder)
    {
        var id = Upload();
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(artifacts.FullName, "uploads", id, Path.GetRelativePath(folder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
        return id;
    }

    /// <summary>Runs to the end, whatever it is.</summary>
    public async Task<Run> RunAsync(IRunSpec spec) =>
        await Queue.WaitAsync(await Queue.EnqueueAsync(new(RunSpecs.KindOf(spec), spec.Title, RunSpecs.ToJson(spec), RunSpecs.Version), Token), Token);

    /// <summary>Runs to the end, which must be a good one.</summary>
    public async Task<T> MakeAsync<T>(IRunSpec spec)
    {
        var run = await RunAsync(spec);
        Assert.True(run.State == RunState.Succeeded, run.Error);
        return run.ReadOutput<T>()!;
    }

    /// <summary>The database.</summary>
    public Task<ExperimentsDb> OpenAsync() => factory.Services.GetRequiredService<IDbContextFactory<ExperimentsDb>>().CreateDbContextAsync(Token);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await factory.DisposeAsync();
        artifacts.Delete(recursive: true);
    }
}
