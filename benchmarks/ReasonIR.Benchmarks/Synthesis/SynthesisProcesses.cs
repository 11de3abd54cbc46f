extern alias synthesis;

using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Experiments.Runs;
using ReasonIR.Experiments.Schema;
using ReasonIR.Hosting.Postgres;

namespace ReasonIR.Benchmarks.Synthesis;

/// <summary>The Synthesis service as processes of their own over a Postgres of their own; all go with it.</summary>
sealed class SynthesisProcesses : IAsyncDisposable
{
    readonly PostgresCluster postgres;
    readonly IHost host;
    readonly string folder;
    readonly Dictionary<string, string> settings;
    readonly List<Process> processes = [];

    SynthesisProcesses(PostgresCluster postgres, IHost host, string folder, Dictionary<string, string> settings) => (this.postgres, this.host, this.folder, this.settings) = (postgres, host, folder, settings);

    /// <param name="chat">The chat endpoint.</param>
    /// <param name="inFlight">Requests in flight that each process may have.</param>
    public static async Task<SynthesisProcesses> StartAsync(Uri chat, int inFlight, CancellationToken cancellation)
    {
        // Not below a home folder: another user's Postgres cannot pass there.
        var folder = Directory.CreateDirectory(Path.Combine("/tmp", $"reasonir-bench-{Environment.ProcessId}-{Guid.NewGuid():N}")).FullName;
        var postgres = await PostgresCluster.StartAsync(new() { DataDirectory = Path.Combine(folder, "postgres") }, cancellation);
        await postgres.CreateDatabaseAsync("bench", cancellation);
        var settings = new Dictionary<string, string>
        {
            ["ConnectionStrings__reasonir"] = postgres.DatabaseConnectionString("bench"),
            ["REASONIR_ARTIFACTS"] = Path.Combine(folder, "artifacts"),
            ["REASONIR_CHAT_ENDPOINT"] = chat.AbsoluteUri,
            ["REASONIR_CHAT_MODEL"] = "slow",
            ["REASONIR_CHAT_CONCURRENCY"] = $"{inFlight}",
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

    /// <summary>Fills a corpus with texts of some words.</summary>
    public async Task ImportAsync(string corpus, int documents, CancellationToken cancellation)
    {
        using var scope = host.Services.CreateScope();
        var db = scope.ServiceProvider.GetRequiredService<ExperimentsDb>();
        var row = new Corpus { Name = corpus };
        db.Corpora.Add(row);
        await db.SaveChangesAsync(cancellation);
        await host.Services.GetRequiredService<DocumentStore>().ImportAsync(row.Id, Enumerable.Range(0, documents).Select(number => new DocumentInput(
            $"d{number:00000}", $"Document {number}", string.Join(' ', Enumerable.Range(0, 200).Select(word => $"term{(number * 31 + word * 17) % 5000}")))).ToAsyncEnumerable(), cancellation: cancellation);
    }

    /// <summary>Starts a process of the service.</summary>
    public void Add()
    {
        var start = new ProcessStartInfo("dotnet") { ArgumentList = { typeof(synthesis::Program).Assembly.Location, "--urls", "http://127.0.0.1:0" }, RedirectStandardOutput = true };
        foreach (var (name, value) in settings)
            start.Environment[name] = value;
        var process = Process.Start(start)!;
        _ = process.StandardOutput.BaseStream.CopyToAsync(Stream.Null, CancellationToken.None); // a full pipe would stop it
        processes.Add(process);
    }

    /// <summary>Runs a recipe to its end.</summary>
    public async Task<SynthesizeOutput> RunAsync(SynthesizeSpec spec, CancellationToken cancellation)
    {
        var queue = host.Services.GetRequiredService<RunQueue>();
        var run = await queue.WaitAsync(await queue.EnqueueAsync(RunKinds.Synthesize, spec.Title, spec, cancellation: cancellation), cancellation);
        return run.State == RunState.Succeeded ? run.ReadOutput<SynthesizeOutput>()! : throw new InvalidOperationException($"The run {run.State}: {run.Error}");
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var process in processes)
        {
            if (!process.HasExited)
                process.Kill();
            await process.WaitForExitAsync();
            process.Dispose();
        }
        if (host is IAsyncDisposable disposable)
            await disposable.DisposeAsync();
        await postgres.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }
}
