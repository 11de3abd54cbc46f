extern alias search;

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments.Runs;

namespace ReasonIR.Benchmarks.Serving;

/// <summary>The Search service as a process beside an Encoder, with one corpus.</summary>
sealed class SearchProcess : IAsyncDisposable
{
    /// <summary>What the corpus is called.</summary>
    public const string Corpus = "corpus";

    readonly ServiceProcess service;
    readonly IHost host;
    readonly string artifacts;

    SearchProcess(ServiceProcess service, IHost host, string artifacts) => (this.service, this.host, this.artifacts) = (service, host, artifacts);

    /// <summary>Its address.</summary>
    public Uri Address => new($"http://{service.Endpoint}");

    /// <summary>Starts it, imports the folder and indexes it, BM25 and by the Encoder's model.</summary>
    public static async Task<SearchProcess> StartAsync(EncoderProcess encoder, string folder, CancellationToken cancellation)
    {
        var settings = new Dictionary<string, string>(encoder.Settings) { ["services__encoder__http__0"] = $"http://{encoder.Endpoint}" };
        var process = new SearchProcess(await ServiceProcess.StartAsync(typeof(search::Program).Assembly.Location, settings, null, cancellation), EncoderProcess.Host(settings), settings["REASONIR_ARTIFACTS"]);
        try
        {
            await process.RunAsync(new ImportSpec(Corpus, process.Upload(folder)), cancellation);
            await process.RunAsync(new IndexSpec(Corpus, "bm25"), cancellation);
            await process.RunAsync(new IndexSpec(Corpus, "dense", EncoderProcess.Model), cancellation);
            return process;
        }
        catch
        {
            await process.DisposeAsync();
            throw;
        }
    }

    /// <summary>Processor time so far, seconds.</summary>
    public double CpuSeconds() => service.CpuSeconds();

    async Task RunAsync(IRunSpec spec, CancellationToken cancellation)
    {
        var queue = host.Services.GetRequiredService<RunQueue>();
        var run = await queue.WaitAsync(await queue.EnqueueAsync(new(RunSpecs.KindOf(spec), spec.Title, RunSpecs.ToJson(spec), RunSpecs.Version), cancellation), cancellation);
        if (run.State != RunState.Succeeded)
            throw new InvalidOperationException($"{spec.Title}: {run.State}: {run.Error}");
    }

    /// <summary>Puts a folder's files where the portal puts what is uploaded.</summary>
    string Upload(string folder)
    {
        var id = Guid.NewGuid().ToString("N");
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(artifacts, "uploads", id, Path.GetRelativePath(folder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
        return id;
    }

    public async ValueTask DisposeAsync()
    {
        await service.DisposeAsync();
        if (host is IAsyncDisposable disposable)
            await disposable.DisposeAsync();
    }
}
