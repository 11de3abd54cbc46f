using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text.Json;
using ReasonIR.Benchmarks.Frame;
using ReasonIR.Benchmarks.Quality;
using ReasonIR.Models;
using ReasonIR.Tokenizers;
using ReasonIR.Torch;

namespace ReasonIR.Benchmarks.Transformers;

/// <summary>
/// Texts through a BERT against PyTorch of the same libtorch, tokenization left out on the peer's side only. On a busy machine the
/// figures by CPU second tell more than those by second.
/// </summary>
sealed class EncodeTransformerBenchmark : IBenchmark
{
    const int Documents = 400;

    public string Name => "encode-transformer";

    public string Description => "SciFact documents and queries through all-MiniLM-L6-v2, against PyTorch";

    public async IAsyncEnumerable<BenchmarkResult> RunAsync(BenchmarkContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var model = context.Require("models/all-MiniLM-L6-v2");
        var collection = BeirCollection.Read(context.Input ?? context.Require("data/scifact"));
        using var encoder = ModelFolder.Open(model);
        var tokenizer = Tokenizer.Load(Path.Combine(model, "tokenizer.json")).With(null);
        foreach (var (name, texts) in new[]
        {
            ("documents", collection.Documents.Values.Take(Documents).ToArray()),
            ("queries", collection.Queries.Values.ToArray()),
        })
        {
            var tokens = texts.Select(t => tokenizer.EncodeIds(t) is var ids && ids.Length > encoder.MaxTokens ? [.. ids[..(encoder.MaxTokens - 1)], ids[^1]] : ids).ToArray();
            encoder.Encode([.. texts.Take(64)], cancellationToken: cancellationToken);
            var (clock, cpu) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime);
            encoder.Encode(texts, cancellationToken: cancellationToken);
            var total = (double)tokens.Sum(t => t.Length);
            var (wall, busy) = (total / clock.Elapsed.TotalSeconds, total / (Environment.CpuUsage.TotalTime - cpu).TotalSeconds);
            var (peer, peerBusy, peerName) = await Peer(model, tokens, cancellationToken);
            yield return new(Name, $"{texts.Length} {name}", "throughput", "tokens/s", wall, peer is null ? null : 1.0, PeerName: peerName, Peer: peer);
            yield return new(Name, $"{texts.Length} {name}", "throughput by CPU time", "tokens/CPU s", busy, peer is null ? null : 1.0, PeerName: peerName, Peer: peerBusy);
        }
    }

    /// <summary>The best of two batch sizes of the peer; nulls where Debian's python3-torch is not installed.</summary>
    static async Task<(double? Wall, double? Cpu, string? Name)> Peer(string model, int[][] tokens, CancellationToken cancellationToken)
    {
        var script = FindScript();
        if (script is null || !File.Exists("/usr/bin/python3"))
            return default;
        var file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, JsonSerializer.Serialize(tokens), cancellationToken);
            (double? Wall, double? Cpu, string? Name) best = default;
            foreach (var size in new[] { "16", "64" })
            {
                var start = new ProcessStartInfo("/usr/bin/python3", [script, model, file, size, $"{TorchRuntime.Status.Threads}"]) { RedirectStandardOutput = true, RedirectStandardError = true };
                start.Environment.Remove("OPENBLAS_CORETYPE");
                if (System.Runtime.Intrinsics.X86.Avx512F.IsSupported)
                    start.Environment["ATEN_CPU_CAPABILITY"] = "avx512";
                using var process = Process.Start(start)!;
                var errors = process.StandardError.ReadToEndAsync(cancellationToken);
                var output = await process.StandardOutput.ReadToEndAsync(cancellationToken);
                await process.WaitForExitAsync(cancellationToken);
                await errors;
                if (process.ExitCode != 0)
                    return default;
                using var json = JsonDocument.Parse(output);
                var wall = json.RootElement.GetProperty("tokens_per_second").GetDouble();
                if (!(wall <= best.Wall))
                    best = (wall, json.RootElement.GetProperty("tokens_per_cpu_second").GetDouble(), $"PyTorch {json.RootElement.GetProperty("version").GetString()}, batch {size}, {TorchRuntime.Status.Threads} threads");
            }
            return best;
        }
        finally
        {
            File.Delete(file);
        }
    }

    static string? FindScript()
    {
        for (var at = AppContext.BaseDirectory; at is not null; at = Path.GetDirectoryName(at))
            if (Path.Combine(at, "benchmarks/peers/bert_encode.py") is var path && File.Exists(path))
                return path;
        return null;
    }
}
