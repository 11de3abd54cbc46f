using System.Diagnostics;
using System.Runtime.CompilerServices;
using ReasonIR.Benchmarks.Frame;
using ReasonIR.Models;

namespace ReasonIR.Benchmarks.Quality;

/// <summary>
/// Retrieval quality of the loop's default: the static encoder trained on a corpus alone, one configuration for all, and its fusion with
/// BM25; means over seeds. No query or label is used before the measurement.
/// </summary>
sealed class StaticQualityBenchmark : IBenchmark
{
    const int DefaultSeeds = 3;

    /// <summary>Seconds for the SVD start and training together on two cores.</summary>
    const double SecondsGoal = 30;

    static readonly (string Folder, double Goal)[] Standard =
        [("data/scifact", 0.64), ("data/stackexchange-answers", 0.82), ("data/theoremqa", 0.475)];

    public string Name => "quality";

    public string Description => "BM25, the static encoder and their fusion, nDCG@10, mean of seeds (--input BEIR-FOLDER, --seeds N)";

    public async IAsyncEnumerable<BenchmarkResult> RunAsync(BenchmarkContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var folders = context.Input is { } input ? [(input, null)] : Standard.Select(s => (Folder: context.Require(s.Folder), Goal: (double?)s.Goal)).ToArray();
        foreach (var (folder, goal) in folders)
        {
            var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
            var systems = await StaticSystems.ReadAsync(folder, cancellationToken);
            var bm25 = systems.Bm25(cancellationToken);
            var lexical = systems.Ndcg10(bm25);
            yield return Ndcg($"{name}, bm25", lexical, null);

            var (seeds, dense, hybrid, seconds, cpu) = (context.Seeds ?? DefaultSeeds, new List<double>(), new List<double>(), new List<double>(), new List<double>());
            for (var seed = 0; seed < seeds; seed++)
            {
                var before = CpuSeconds();
                var result = systems.Train(seed, cancellationToken);
                cpu.Add(CpuSeconds() - before);
                seconds.Add((result.Elapsed - result.Preparation).TotalSeconds);
                var check = result.CompareWithBm25(StaticSystems.Bm25Ranks, cancellationToken);
                var scratch = Directory.CreateTempSubdirectory("reasonir-quality-").FullName;
                try
                {
                    result.Save(Path.Combine(scratch, "model"), name);
                    using var encoder = ModelFolder.Open(Path.Combine(scratch, "model"));
                    var run = systems.Dense(encoder, cancellationToken);
                    dense.Add(systems.Ndcg10(run));
                    hybrid.Add(systems.Ndcg10(StaticSystems.Hybrid(bm25, run)));
                }
                finally
                {
                    Directory.Delete(scratch, recursive: true);
                }
                await context.Log.WriteLineAsync(FormattableString.Invariant(
                    $"{name}, seed {seed}: dense {dense[^1]:F4}, hybrid {hybrid[^1]:F4}; step {result.BestStep} of {result.Steps} ({result.StoppedBecause}), held-out loss {result.StartLoss:F3} to {result.BestLoss:F3}, {seconds[^1]:F1} s, {cpu[^1]:F1} s of CPU time; {check}"));
                yield return Ndcg($"{name}, dense, seed {seed}", dense[^1], null);
            }
            yield return Ndcg($"{name}, dense, mean of {seeds} seeds", dense.Average(), goal);
            yield return Ndcg($"{name}, hybrid (min-max), mean of {seeds} seeds", hybrid.Average(), goal is null ? null : 1) with { PeerName = "BM25 (Lucene's, same run)", Peer = Math.Round(lexical, 5) };
            yield return new(Name, $"{name}, SVD start and training, slowest seed", "time", "s", Math.Round(seconds.Max(), 1), SecondsGoal, HigherIsBetter: false);
            yield return new(Name, $"{name}, the same with preparation, CPU time", "time", "s", Math.Round(cpu.Max(), 1), null, HigherIsBetter: false);
        }
    }

    BenchmarkResult Ndcg(string workload, double value, double? goal) => new(Name, workload, "nDCG@10", "", Math.Round(value, 5), goal);

    static double CpuSeconds()
    {
        using var process = Process.GetCurrentProcess();
        return process.TotalProcessorTime.TotalSeconds;
    }
}
