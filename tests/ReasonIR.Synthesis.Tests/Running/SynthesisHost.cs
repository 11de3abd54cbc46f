using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Experiments.Language;
using ReasonIR.Experiments.Runs;
using ReasonIR.Experiments.Schema;
using ReasonIR.Testing;

namespace ReasonIR.Synthesis.Tests.Running;

/// <summary>The Synthesis service's worker in this process, over a database of its own on the assembly's Postgres.</summary>
public sealed class SynthesisHost : IAsyncDisposable
{
    readonly IHost host;
    readonly DirectoryInfo artifacts;

    SynthesisHost(IHost host, DirectoryInfo artifacts) => (this.host, this.artifacts) = (host, artifacts);

    static CancellationToken Token => TestContext.Current.CancellationToken;

    public string ConnectionString { get; private init; } = "";

    public string Artifacts => artifacts.FullName;

    public IServiceProvider Services => host.Services;

    public RunQueue Queue => host.Services.GetRequiredService<RunQueue>();

    /// <param name="work">False: the runs are left to another process.</param>
    public static async Task<SynthesisHost> StartAsync(PostgresFixture postgres, Uri? chat = null, bool work = true, params (string Name, string Value)[] settings)
    {
        var host = Open(await postgres.CreateDatabaseAsync(Token), chat, settings);
        await host.Services.GetRequiredService<SchemaMigrator>().MigrateAsync(Token);
        if (work)
            await host.host.StartAsync(Token);
        return host;
    }

    /// <summary>Over a database that is there; it takes no runs.</summary>
    public static SynthesisHost Open(string connection, Uri? chat, params (string Name, string Value)[] settings)
    {
        var artifacts = Directory.CreateTempSubdirectory("reasonir-synthesis-");
        var builder = Host.CreateApplicationBuilder();
        builder.Configuration.AddInMemoryCollection(Settings(connection, artifacts.FullName, chat, settings).Select(pair => KeyValuePair.Create(pair.Key, (string?)pair.Value)));
        builder.Logging.ClearProviders();
        // Where a test puts a server in the place of another service, it is found as in the whole system.
        if (settings.Any(setting => setting.Name.StartsWith("services:", StringComparison.Ordinal)))
            builder.AddServiceDefaults();
        builder.AddExperiments();
        builder.AddSynthesis();
        return new SynthesisHost(builder.Build(), artifacts) { ConnectionString = connection };
    }

    /// <summary>The settings of a service over this database, as configuration keys.</summary>
    public static Dictionary<string, string> Settings(string connection, string artifacts, Uri? chat, params (string Name, string Value)[] settings)
    {
        var all = new Dictionary<string, string>
        {
            ["ConnectionStrings:reasonir"] = connection,
            ["REASONIR_ARTIFACTS"] = artifacts,
            ["Runs:Flush"] = "00:00:00.2",
        };
        if (chat is not null)
        {
            all["REASONIR_CHAT_ENDPOINT"] = chat.AbsoluteUri;
            all["REASONIR_CHAT_MODEL"] = "scripted";
            all["REASONIR_CHAT_MAX_RETRY_DELAY_SECONDS"] = "0.05";
        }
        foreach (var (name, value) in settings)
            all[name] = value;
        return all;
    }

    public async Task ImportAsync(string corpus, IEnumerable<DocumentInput> documents)
    {
        await using var db = await OpenAsync();
        var row = new Corpus { Name = corpus };
        db.Corpora.Add(row);
        await db.SaveChangesAsync(Token);
        await host.Services.GetRequiredService<DocumentStore>().ImportAsync(row.Id, documents.ToAsyncEnumerable(), cancellation: Token);
    }

    public async Task ImportQueriesAsync(string corpus, params QueryInput[] queries)
    {
        await using var db = await OpenAsync();
        var id = await db.Corpora.Where(row => row.Name == corpus).Select(row => row.Id).SingleAsync(Token);
        await host.Services.GetRequiredService<QuerySetStore>().ImportAsync(id, "test", "test", queries, Token);
    }

    public Task<ExperimentsDb> OpenAsync() => host.Services.GetRequiredService<IDbContextFactory<ExperimentsDb>>().CreateDbContextAsync(Token);

    public Task<long> EnqueueAsync(SynthesizeSpec spec) => Queue.EnqueueAsync(RunKinds.Synthesize, spec.Title, spec, maxAttempts: 10, cancellation: Token);

    /// <summary>How often a service has taken a run.</summary>
    public async Task<int> AttemptsAsync(long id)
    {
        await using var db = await OpenAsync();
        return await db.Runs.Where(run => run.Id == id).Select(run => run.Attempts).SingleAsync(Token);
    }

    public async Task<Run> RunAsync(SynthesizeSpec spec) => await Queue.WaitAsync(await EnqueueAsync(spec), Token);

    /// <summary>Runs to the end, which must be a good one.</summary>
    public async Task<SynthesizeOutput> MakeAsync(SynthesizeSpec spec)
    {
        var run = await RunAsync(spec);
        Assert.True(run.State == RunState.Succeeded, run.Error);
        return run.ReadOutput<SynthesizeOutput>()!;
    }

    public async Task<(DatasetVersion Version, IReadOnlyList<Example> Examples)> ReadAsync(SynthesizeOutput output)
    {
        await using var db = await OpenAsync();
        var version = await db.DatasetVersions.AsNoTracking().SingleAsync(row => row.Dataset!.Name == output.Dataset && row.Version == output.Version, Token);
        return (version, await db.Examples.AsNoTracking().Where(row => row.DatasetVersionId == version.Id).OrderBy(row => row.Ordinal).ToListAsync(Token));
    }

    public async Task<IReadOnlyList<LlmCall>> CallsAsync()
    {
        await using var db = await OpenAsync();
        return await db.LlmCalls.AsNoTracking().OrderBy(call => call.Id).ToListAsync(Token);
    }

    public async ValueTask DisposeAsync()
    {
        using var impatient = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        await host.StopAsync(impatient.Token);
        if (host is IAsyncDisposable disposable)
            await disposable.DisposeAsync();
        artifacts.Delete(recursive: true);
    }
}
