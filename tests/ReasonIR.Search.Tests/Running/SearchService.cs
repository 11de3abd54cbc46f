using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Runs;
using ReasonIR.Experiments.Schema;
using ReasonIR.Testing;

namespace ReasonIR.Search.Tests.Running;

/// <summary>The Search service in this process, over a database of its own on the assembly's Postgres.</summary>
public sealed class SearchService : IAsyncDisposable
{
    readonly WebApplicationFactory<Program> factory;
    readonly DirectoryInfo artifacts;

    SearchService(WebApplicationFactory<Program> factory, DirectoryInfo artifacts) => (this.factory, this.artifacts) = (factory, artifacts);

    static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>A client of the service.</summary>
    public HttpClient Http => factory.CreateClient();

    RunQueue Queue => factory.Services.GetRequiredService<RunQueue>();

    /// <summary>Starts the service on an empty, migrated database.</summary>
    public static async Task<SearchService> StartAsync(PostgresFixture postgres)
    {
        var connection = await postgres.CreateDatabaseAsync(Token);
        var artifacts = Directory.CreateTempSubdirectory("reasonir-search-");
        var factory = new WebApplicationFactory<Program>().WithWebHostBuilder(host =>
        {
            host.UseEnvironment("Production");
            host.UseSetting("ConnectionStrings:reasonir", connection);
            host.UseSetting("REASONIR_ARTIFACTS", artifacts.FullName);
            host.UseSetting("Runs:Flush", "00:00:00.1");
        });
        // The worker starts with the service, so the schema must be there before.
        var builder = Host.CreateApplicationBuilder();
        builder.Configuration["ConnectionStrings:reasonir"] = connection;
        builder.Configuration["REASONIR_ARTIFACTS"] = artifacts.FullName;
        builder.AddExperiments();
        using (var migrations = builder.Build())
            await migrations.Services.GetRequiredService<SchemaMigrator>().MigrateAsync(Token);
        _ = factory.Server;
        return new(factory, artifacts);
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
    public string UploadFolder(string folder) => Upload([.. Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        .Select(file => (Path.GetRelativePath(folder, file), File.ReadAllText(file)))]);

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
