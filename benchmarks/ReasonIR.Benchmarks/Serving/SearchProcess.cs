extern alias search;

using ReasonIR.Benchmarks.Frame;
using ReasonIR.Contracts.Runs;

namespace ReasonIR.Benchmarks.Serving;

/// <summary>The Search service as a process beside an Encoder, with which it goes, with one corpus.</summary>
sealed class SearchProcess
{
    /// <summary>What the corpus is called.</summary>
    public const string Corpus = "corpus";

    readonly ServiceProcesses all;
    readonly ServiceProcess service;

    SearchProcess(ServiceProcesses all, ServiceProcess service) => (this.all, this.service) = (all, service);

    /// <summary>Its address.</summary>
    public Uri Address => new($"http://{service.Endpoint}");

    /// <summary>Starts it, imports the folder and indexes it, BM25 and by the Encoder's model.</summary>
    public static async Task<SearchProcess> StartAsync(EncoderProcess encoder, string folder, CancellationToken cancellation)
    {
        var more = new Dictionary<string, string> { ["services__encoder__http__0"] = $"http://{encoder.Endpoint}" };
        var process = new SearchProcess(encoder.All, await encoder.All.AddAsync(typeof(search::Program).Assembly, cancellation, more));
        await process.all.RunAsync<ImportSpec, ImportOutput>(RunKinds.Import, new(Corpus, process.Upload(folder)), cancellation);
        await process.all.RunAsync<IndexSpec, IndexOutput>(RunKinds.Index, new(Corpus, "bm25"), cancellation);
        await process.all.RunAsync<IndexSpec, IndexOutput>(RunKinds.Index, new(Corpus, "dense", EncoderProcess.Model), cancellation);
        return process;
    }

    /// <summary>Processor time so far, seconds.</summary>
    public double CpuSeconds() => service.CpuSeconds();

    /// <summary>Puts a folder's files where the portal puts what is uploaded.</summary>
    string Upload(string folder)
    {
        var id = Guid.NewGuid().ToString("N");
        foreach (var file in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories))
        {
            var target = Path.Combine(all.Artifacts, "uploads", id, Path.GetRelativePath(folder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target);
        }
        return id;
    }
}
