using System.Diagnostics;
using System.Runtime.Intrinsics.X86;
using System.Text.Json;

namespace ReasonIR.Benchmarks.Frame;

/// <summary>Time of one round of a workload.</summary>
/// <param name="Seconds">Wall clock.</param>
/// <param name="CpuSeconds">Processor time of all threads: what a busy machine leaves comparable.</param>
readonly record struct Round(double Seconds, double CpuSeconds);

/// <summary>
/// A reference implementation in a process of its own that stays ready between rounds: a line on its input starts one, the answer is
/// <c>{"seconds", "cpu_seconds"}</c>. Its first line names its version; that of a server, which has no rounds, its port too.
/// </summary>
sealed class PeerProcess : IAsyncDisposable
{
    static readonly TimeSpan EndsWithin = TimeSpan.FromSeconds(5);

    readonly Process process;
    readonly string job;
    readonly Task<string> errors;

    PeerProcess(Process process, string job, string name) => (this.process, this.job, Name, errors) = (process, job, name, process.StandardError.ReadToEndAsync());

    /// <summary>Whether peers are left out.</summary>
    public static bool Absent { get; set; }

    /// <summary>Name and version.</summary>
    public string Name { get; private set; }

    /// <summary>Where a server listens on the loopback; 0: it is none.</summary>
    public int Port { get; private set; }

    public int Id => process.Id;

    /// <summary>PyTorch of Debian's python3-torch; null where it is not installed.</summary>
    public static Task<PeerProcess?> TorchAsync(object job, CancellationToken cancellationToken) =>
        !Absent && Directory.Exists("/usr/lib/python3/dist-packages/torch") && File.Exists("/usr/bin/python3")
            ? StartAsync("/usr/bin/python3", path => [Script("torch_model.py"), path], job, cancellationToken)
            : Task.FromResult<PeerProcess?>(null);

    /// <summary>faiss of Debian's python3-faiss; null where it is not installed.</summary>
    public static Task<PeerProcess?> FaissAsync(object job, CancellationToken cancellationToken) =>
        Directory.Exists("/usr/lib/python3/dist-packages/faiss") && File.Exists("/usr/bin/python3")
            ? StartAsync("/usr/bin/python3", path => [Script("faiss_search.py"), path], job, cancellationToken)
            : Task.FromResult<PeerProcess?>(null);

    /// <summary>scikit-learn of Debian's python3-sklearn; null where it is not installed.</summary>
    public static Task<PeerProcess?> SklearnAsync(object job, CancellationToken cancellationToken) =>
        !Absent && Directory.Exists("/usr/lib/python3/dist-packages/sklearn") && File.Exists("/usr/bin/python3")
            ? StartAsync("/usr/bin/python3", path => [Script("sklearn_evaluate.py"), path], job, cancellationToken)
            : Task.FromResult<PeerProcess?>(null);

    /// <summary>ONNX Runtime as <c>setup bench</c> installs it below .setup; null where it is not.</summary>
    public static Task<PeerProcess?> OnnxAsync(object job, CancellationToken cancellationToken) => NodeAsync("onnxruntime-node", "onnx_encode.mjs", job, cancellationToken);

    /// <summary>Hugging Face's tokenizers, likewise.</summary>
    public static Task<PeerProcess?> TokenizersAsync(object job, CancellationToken cancellationToken) => NodeAsync("tokenizers", "tokenize.mjs", job, cancellationToken);

    /// <summary>hyparquet, likewise.</summary>
    public static Task<PeerProcess?> ParquetAsync(object job, CancellationToken cancellationToken) => NodeAsync("hyparquet-compressors", "parquet.mjs", job, cancellationToken);

    static Task<PeerProcess?> NodeAsync(string package, string script, object job, CancellationToken cancellationToken) =>
        !Absent && Path.Combine(Root(), ".setup/node_modules") is var modules && Directory.Exists(Path.Combine(modules, package))
            ? StartAsync("node", path => [Script(script), path, modules], job, cancellationToken)
            : Task.FromResult<PeerProcess?>(null);

    /// <summary>Does the whole workload once.</summary>
    public async Task<Round> RunAsync(CancellationToken cancellationToken)
    {
        await process.StandardInput.WriteLineAsync("go");
        await process.StandardInput.FlushAsync(cancellationToken);
        using var answer = JsonDocument.Parse(await LineAsync(cancellationToken));
        return new(answer.RootElement.GetProperty("seconds").GetDouble(), answer.RootElement.GetProperty("cpu_seconds").GetDouble());
    }

    /// <summary>Processor seconds of its fastest round; the first ones warm it up.</summary>
    public async Task<double> BestCpuAsync(int rounds, CancellationToken cancellationToken)
    {
        var best = double.PositiveInfinity;
        for (var round = 0; round < rounds; round++)
            best = Math.Min(best, (await RunAsync(cancellationToken)).CpuSeconds);
        return best;
    }

    /// <summary>Starts a program and waits until it is ready.</summary>
    /// <param name="arguments">Its arguments, given the job's file.</param>
    /// <param name="job">Text, or what is written as JSON.</param>
    public static async Task<PeerProcess?> StartAsync(string program, Func<string, string[]> arguments, object job, CancellationToken cancellationToken)
    {
        var file = Path.GetTempFileName();
        await File.WriteAllTextAsync(file, job as string ?? JsonSerializer.Serialize(job, JsonSerializerOptions.Web), cancellationToken);
        var start = new ProcessStartInfo(program, arguments(file)) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        // The same libraries under the same settings as ours.
        start.Environment.Remove("OPENBLAS_CORETYPE");
        if (Avx512F.IsSupported && Avx512BW.IsSupported && Avx512DQ.IsSupported)
            start.Environment["ATEN_CPU_CAPABILITY"] = "avx512";
        var peer = new PeerProcess(Process.Start(start)!, file, program);
        try
        {
            using var answer = JsonDocument.Parse(await peer.LineAsync(cancellationToken));
            peer.Name = answer.RootElement.GetProperty("version").GetString()!;
            peer.Port = answer.RootElement.TryGetProperty("port", out var port) ? port.GetInt32() : 0;
            return peer;
        }
        catch
        {
            await peer.DisposeAsync();
            throw;
        }
    }

    async Task<string> LineAsync(CancellationToken cancellationToken) =>
        await process.StandardOutput.ReadLineAsync(cancellationToken)
        ?? throw new InvalidOperationException($"The peer {Name} ended: {(await errors).Trim()}");

    /// <summary>The path of a peer's program.</summary>
    public static string Script(string name) => Path.Combine(Root(), "benchmarks/peers", name);

    static string Root()
    {
        for (var at = AppContext.BaseDirectory; at is not null; at = Path.GetDirectoryName(at))
            if (File.Exists(Path.Combine(at, "ReasonIR.sln")))
                return at;
        throw new DirectoryNotFoundException("The peers' programs lie in the repository, and this program was not started from it.");
    }

    public async ValueTask DisposeAsync()
    {
        // At the end of its input it deletes what it wrote.
        process.StandardInput.Close();
        if (!process.WaitForExit(EndsWithin))
            process.Kill(entireProcessTree: true);
        await process.WaitForExitAsync();
        process.Dispose();
        File.Delete(job);
    }
}
