using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ReasonIR.Contracts.Client;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Schema;
using ReasonIR.Testing;
using ReasonIR.Testing.Services;

namespace ReasonIR.Portal.Tests;

/// <summary>Two portals for all tests of the assembly: one on an empty database, one on a database with a little of everything.</summary>
public sealed class PortalFixture : IAsyncLifetime
{
    readonly PostgresFixture postgres = new();

    /// <summary>The server, for a test that needs a database of its own.</summary>
    public PostgresFixture Postgres => postgres;

    readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("reasonir-portal-tests-");
    readonly List<WebApplicationFactory<Program>> portals = [];

    public HttpClient Empty { get; private set; } = null!;

    public HttpClient Filled { get; private set; } = null!;

    /// <summary>The filled portal, for requests that no client would send.</summary>
    public TestServer Server => portals[1].Server;

    public ReasonIrClient Client => new(Filled);

    /// <summary>What the filled portal is made of.</summary>
    public IServiceProvider Services => portals[1].Services;

    /// <summary>The ids of what was filled in.</summary>
    public Rows Rows { get; private set; } = null!;

    /// <summary>Holds the artifacts of both and the samples of the filled one.</summary>
    public string Folder => folder.FullName;

    public async ValueTask InitializeAsync()
    {
        var sample = Directory.CreateDirectory(Path.Combine(Folder, "samples", "pebbles", "qrels"));
        await File.WriteAllTextAsync(Path.Combine(sample.Parent!.FullName, "corpus.jsonl"), """{"_id":"a","title":"","text":"A pebble."}""" + "\n");
        await File.WriteAllTextAsync(Path.Combine(sample.FullName, "test.tsv"), "query-id\tcorpus-id\tscore\n");
        await File.WriteAllTextAsync(Path.Combine(sample.Parent.FullName, "README.md"), "# Pebbles\n");
        Empty = await StartAsync("empty", samples: null);
        Filled = await StartAsync("filled", Path.Combine(Folder, "samples"));
        Rows = await Rows.AddAsync(Services);
    }

    async Task<HttpClient> StartAsync(string name, string? samples)
    {
        var settings = new Dictionary<string, string?>
        {
            ["ConnectionStrings:reasonir"] = await postgres.CreateDatabaseAsync(CancellationToken.None),
            ["REASONIR_ARTIFACTS"] = Path.Combine(Folder, name),
            ["REASONIR_SAMPLES"] = samples,
        };
        // The worker starts with the portal, so the schema must be there before.
        var builder = Host.CreateApplicationBuilder();
        foreach (var (key, value) in settings)
            builder.Configuration[key] = value;
        builder.AddExperiments();
        using (var migrations = builder.Build())
            await migrations.Services.GetRequiredService<SchemaMigrator>().MigrateAsync();
        var portal = new WebApplicationFactory<Program>().WithWebHostBuilder(host =>
        {
            host.UseEnvironment("Production");
            foreach (var (key, value) in settings)
                host.UseSetting(key, value);
        });
        portals.Add(portal);
        var client = portal.CreateClient(new() { AllowAutoRedirect = false });
        client.Timeout = Patience.Answer;
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var portal in portals)
            await portal.DisposeAsync();
        await postgres.DisposeAsync();
        folder.Delete(recursive: true);
    }
}
