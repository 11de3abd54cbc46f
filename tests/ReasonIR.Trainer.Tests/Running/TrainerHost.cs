using System.Text.Json;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Experiments.Models;
using ReasonIR.Experiments.Runs;
using ReasonIR.Experiments.Schema;
using ReasonIR.Testing;

namespace ReasonIR.Trainer.Tests.Running;

/// <summary>The Trainer service's worker in this process, over a database of its own on the assembly's Postgres.</summary>
public sealed class TrainerHost : IAsyncDisposable
{
    readonly IHost host;
    readonly DirectoryInfo artifacts;

    TrainerHost(IHost host, DirectoryInfo artifacts) => (this.host, this.artifacts) = (host, artifacts);

    static CancellationToken Token => TestContext.Current.CancellationToken;

    public string ConnectionString { get; private init; } = "";

    public string Artifacts => artifacts.FullName;

    public IServiceProvider Services => host.Services;

    public RunQueue Queue => Services.GetRequiredService<RunQueue>();

    /// <param name="work">False: the runs are left to another process, or to <see cref="WorkAsync"/>.</param>
    public static async Task<TrainerHost> StartAsync(PostgresFixture postgres, bool work = true, params (string Key, string Value)[] settings)
    {
        var connection = await postgres.CreateDatabaseAsync(Token);
        var artifacts = Directory.CreateTempSubdirectory("reasonir-trainer-");
        var builder = Host.CreateApplicationBuilder();
        builder.Configuration.AddInMemoryCollection(Settings(connection, artifacts.FullName).Select(pair => KeyValuePair.Create(pair.Key, (string?)pair.Value)));
        builder.Configuration.AddInMemoryCollection(settings.Select(pair => KeyValuePair.Create(pair.Key, (string?)pair.Value)));
        builder.Logging.ClearProviders();
        builder.AddExperiments();
        builder.AddTrainer();
        var host = new TrainerHost(builder.Build(), artifacts) { ConnectionString = connection };
        await host.Services.GetRequiredService<SchemaMigrator>().MigrateAsync(Token);
        if (work)
            await host.WorkAsync();
        return host;
    }

    /// <summary>Starts taking runs.</summary>
    public Task WorkAsync() => host.StartAsync(Token);

    /// <summary>The settings of a service over this database, as configuration keys.</summary>
    public static Dictionary<string, string> Settings(string connection, string artifacts) => new()
    {
        ["ConnectionStrings:reasonir"] = connection,
        ["REASONIR_ARTIFACTS"] = artifacts,
        ["Runs:Flush"] = "00:00:00.1",
    };

    public async Task<Corpus> ImportAsync(string corpus, IEnumerable<DocumentInput> documents)
    {
        await using (var db = await OpenAsync())
        {
            var row = new Corpus { Name = corpus };
            db.Corpora.Add(row);
            await db.SaveChangesAsync(Token);
            await Services.GetRequiredService<DocumentStore>().ImportAsync(row.Id, documents.ToAsyncEnumerable(), cancellation: Token);
        }
        await using var fresh = await OpenAsync();
        return await fresh.Corpora.AsNoTracking().SingleAsync(row => row.Name == corpus, Token);
    }

    /// <summary>One more document; returns the corpus as it is then.</summary>
    public async Task<Corpus> AddAsync(Corpus corpus, DocumentInput document)
    {
        await Services.GetRequiredService<DocumentStore>().ImportAsync(corpus.Id, new[] { document }.ToAsyncEnumerable(), cancellation: Token);
        await using var db = await OpenAsync();
        return await db.Corpora.AsNoTracking().SingleAsync(row => row.Id == corpus.Id, Token);
    }

    /// <summary>A query set <c>test</c>: titles look for their texts.</summary>
    /// <param name="excluded">A document that does not count for the first query; null: none.</param>
    public async Task JudgeAsync(Corpus corpus, IEnumerable<DocumentInput> documents, string? excluded = null)
    {
        await using var db = await OpenAsync();
        var set = new QuerySet { CorpusId = corpus.Id, Name = "test" };
        foreach (var (i, document) in documents.Index())
            set.Queries.Add(new()
            {
                ExternalId = $"q{i}", Text = document.Title, Judgments = [new() { DocumentExternalId = document.ExternalId, Grade = 1 }],
                Exclusions = i == 0 && excluded is not null ? [new() { DocumentExternalId = excluded }] : [],
            });
        db.QuerySets.Add(set);
        await db.SaveChangesAsync(Token);
    }

    /// <summary>A dataset version as the Synthesis service leaves it.</summary>
    public async Task<DatasetVersion> SynthesizedAsync(
        Corpus corpus, string name, DatasetKind kind, IReadOnlyList<Example> examples, bool seal = true, ExtractiveSettings? settings = null)
    {
        var store = Services.GetRequiredService<DatasetStore>();
        var spec = JsonSerializer.SerializeToNode(
            new SynthesizeSpec(corpus.Name, name, Extractive: settings ?? new ExtractiveSettings(kind == DatasetKind.Strategy ? "strategy" : "examples")), JsonSerializerOptions.Web)!.AsObject();
        spec["corpusHash"] = corpus.ContentHash;
        await using var db = await OpenAsync();
        await using var transaction = await db.Database.BeginTransactionAsync(Token);
        var version = await store.OpenVersionAsync(db, name, kind, "extractive", spec.ToJsonString(), corpus.Id, null, Token);
        await store.AppendAsync(db, version.Id, examples, Token);
        if (seal)
            version = await store.SealAsync(db, version.Id, Token);
        await transaction.CommitAsync(Token);
        return version;
    }

    public Task<ExperimentsDb> OpenAsync() => Services.GetRequiredService<IDbContextFactory<ExperimentsDb>>().CreateDbContextAsync(Token);

    public Task<long> EnqueueAsync(TrainSpec spec) => Queue.EnqueueAsync(RunKinds.Train, spec.Title, spec, cancellation: Token);

    public async Task<Run> RunAsync(TrainSpec spec) => await Queue.WaitAsync(await EnqueueAsync(spec), Token);

    /// <summary>Runs to the end, which must be a good one.</summary>
    public async Task<(Run Run, TrainOutput Output)> TrainAsync(TrainSpec spec)
    {
        var run = await RunAsync(spec);
        Assert.True(run.State == RunState.Succeeded, run.Error);
        return (run, run.ReadOutput<TrainOutput>()!);
    }

    /// <summary>
    /// A run that was canceled after a step and before its last. A small one may be over before the word arrives, and has then succeeded:
    /// another is tried, under another name.
    /// </summary>
    public async Task<Run> CanceledAsync(TrainSpec spec, int step)
    {
        for (var i = 0; i < 20; i++)
        {
            var id = await EnqueueAsync(spec with { Output = spec.Output with { Name = $"{spec.Output.Name}-{i}" } });
            if (await CancelAsync(id, step))
                return await Queue.WaitAsync(id, Token);
        }
        throw new InvalidOperationException("20 runs were over before they could be canceled.");
    }

    /// <summary>Cancels a run after a step; false where it was over before.</summary>
    public async Task<bool> CancelAsync(long id, int step)
    {
        while (!(await SeriesAsync(id, "loss")).Any(point => point.Step >= step))
        {
            await using var db = await OpenAsync();
            var now = await db.Runs.AsNoTracking().SingleAsync(row => row.Id == id, Token);
            if (now.HasEnded)
                return now.State == RunState.Succeeded ? false : throw new InvalidOperationException($"The run ended before step {step}: {now.State}, {now.Error}");
            await Task.Delay(5, Token);
        }
        return await Queue.CancelAsync(id, Token) && (await Queue.WaitAsync(id, Token)).State == RunState.Canceled;
    }

    /// <summary>
    /// Lets the lease of a run whose worker was killed run out now. A short lease in place of this would be lost by a worker that lives, where
    /// the machine is busy with others.
    /// </summary>
    public async Task LapseAsync(long id)
    {
        await using var db = await OpenAsync();
        Assert.Equal(1, await db.Database.ExecuteSqlAsync($"update runs set lease_until = now() - interval '1 second' where id = {id} and state = 'running'", Token));
    }

    /// <summary>Lets a run go on to its end, which must be a good one.</summary>
    public async Task<Run> ResumeAsync(long id)
    {
        await Queue.ResumeAsync(id, Token);
        var run = await Queue.WaitAsync(id, Token);
        Assert.True(run.State == RunState.Succeeded, run.Error);
        return run;
    }

    public async Task<Model> ModelAsync(string name)
    {
        await using var db = await OpenAsync();
        return await db.Models.AsNoTracking().SingleAsync(row => row.Name == name, Token);
    }

    public string FolderOf(Model model) => Services.GetRequiredService<ModelRoots>().Resolve(model.Path);

    /// <summary>A metric's series by step.</summary>
    public async Task<IReadOnlyList<(long Step, double Value)>> SeriesAsync(long run, string metric)
    {
        await using var db = await OpenAsync();
        var points = await db.RunMetrics.AsNoTracking().Where(row => row.RunId == run && row.Name == metric).OrderBy(row => row.Step).ToListAsync(Token);
        return [.. points.Select(point => (point.Step, point.Value))];
    }

    public async Task<IReadOnlyList<string>> LogAsync(long run)
    {
        await using var db = await OpenAsync();
        return await db.RunLogs.AsNoTracking().Where(row => row.RunId == run).OrderBy(row => row.Id).Select(row => row.Message).ToListAsync(Token);
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
