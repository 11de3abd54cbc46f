using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using ReasonIR.Benchmarks.Frame;
using ReasonIR.Retrieval.Analysis;
using ReasonIR.Retrieval.Bm25;

namespace ReasonIR.Benchmarks.Text;

/// <summary>
/// A million documents resampled from a small collection: building and updating their index, opening it, and long queries with and without
/// pruning, whose results are compared. The texts and the index lie in the temporary folder while it runs: some GB.
/// </summary>
sealed class LargeBm25Benchmark : IBenchmark
{
    const string Default = "data/stackexchange-answers";
    const int Documents = 1_000_000, Changed = 10_000, Queries = 200, Terms = 50, Top = 100, Passes = 3, Opens = 200;

    public string Name => "bm25-large";

    public string Description => "a million documents resampled from a collection's sentences: index, update, open, 50-term queries, 1 thread (--input FOLDER: another collection)";

    public async IAsyncEnumerable<BenchmarkResult> RunAsync(BenchmarkContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var collection = await TextCollection.ReadAsync(context with { Input = context.Input ?? context.Require(Default) }, cancellationToken);
        var texts = new ResampledTexts(collection, Documents);
        var folder = Directory.CreateTempSubdirectory("reasonir-bench-").FullName;
        try
        {
            var (source, path, updated) = (Path.Combine(folder, "texts"), Path.Combine(folder, "large.bm25"), Path.Combine(folder, "updated.bm25"));
            await context.Log.WriteLineAsync($"{Name}: writes {Documents:N0} texts");
            WriteTexts(source, texts, cancellationToken);
            var bytes = new FileInfo(source).Length;
            var scale = string.Create(CultureInfo.InvariantCulture, $"{Documents / 1e6:0.#} M documents from {collection.Name}, {bytes / 1e9:F2} GB");

            ResetPeak();
            var building = Measured(() =>
            {
                using var builder = new Bm25Builder(LuceneEnglishAnalyzer.Instance, path);
                foreach (var (number, text) in File.ReadLines(source).Index())
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    builder.Add(Id(number), text, (ulong)number);
                }
                builder.Complete(cancellationToken);
            });
            yield return Row($"index {scale}", "time", "s", building.Seconds, 240);
            yield return Row($"index {scale}", "CPU time", "s", building.CpuSeconds, 240);
            yield return Row($"index {scale}", "peak memory", "GB", Peak() / 1e9, 2);
            var size = new FileInfo(path).Length;
            yield return Row($"index {scale}", "size of the text", "%", 100.0 * size / bytes, 35);

            using (var index = Bm25Index.Open(path))
            {
                var updating = Measured(() =>
                {
                    using var builder = new Bm25Builder(LuceneEnglishAnalyzer.Instance, updated, older: index);
                    builder.KeepAll();
                    for (var i = 0; i < Changed; i++)
                    {
                        var number = i * (Documents / Changed);
                        builder.Drop(Id(number));
                        builder.Add(Id(number), texts[Documents + i], (ulong)number);
                    }
                    builder.Complete(cancellationToken);
                });
                File.Delete(updated);
                yield return Row($"replace {Changed:N0} of {Documents / 1e6:0.#} M documents", "CPU time", "s", updating.CpuSeconds);
            }
            var opening = Measured(() =>
            {
                for (var i = 0; i < Opens; i++)
                    Bm25Index.Open(path).Dispose();
            });
            yield return Row($"open an index of {size / 1e6:F0} MB", "time", "ms", opening.Seconds / Opens * 1e3);

            using var large = Bm25Index.Open(path);
            large.Verify();
            var queries = Enumerable.Range(0, Queries).Select(i => texts.Query(i, Terms, large.Analyzer)).ToArray();
            foreach (var variant in Enum.GetValues<Bm25Variant>())
            {
                var parameters = new Bm25Parameters(variant);
                var (pruned, everything) = (new double[Queries], new double[Queries]);
                for (var i = 0; i < Queries; i++)
                {
                    cancellationToken.ThrowIfCancellationRequested();
                    if (!large.Search(queries[i], Top, parameters).SequenceEqual(large.SearchExhaustively(queries[i], Top, parameters)))
                        throw new InvalidDataException($"Query {i} finds other documents or scores with pruning than without: {queries[i]}");
                    pruned[i] = Best(() => large.Search(queries[i], Top, parameters));
                    everything[i] = Best(() => large.SearchExhaustively(queries[i], Top, parameters));
                }
                var workload = $"{variant.ToString().ToLowerInvariant()}, top {Top} of {Terms}-term queries";
                yield return Row(workload, "CPU time, p50", "ms", Quantile(pruned, 0.5), 25);
                yield return Row(workload, "CPU time, p95", "ms", Quantile(pruned, 0.95));
                yield return Row($"{workload}, all added up", "CPU time, p50", "ms", Quantile(everything, 0.5));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        BenchmarkResult Row(string workload, string metric, string unit, double ours, double? goal = null) =>
            new(Name, workload, metric, unit, ours, goal, HigherIsBetter: false);
    }

    // Spread over the alphabet like the ids of real collections, not in the order of arrival.
    static string Id(int number) => $"{number * 2654435761L % 9973:x}-{number}";

    static void WriteTexts(string path, ResampledTexts texts, CancellationToken cancellation)
    {
        using var writer = new StreamWriter(path);
        for (var i = 0; i < Documents; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            writer.WriteLine(texts[i].ReplaceLineEndings(" "));
        }
    }

    static (double Seconds, double CpuSeconds) Measured(Action work)
    {
        var (clock, cpu) = (Stopwatch.StartNew(), Cpu());
        work();
        return (clock.Elapsed.TotalSeconds, Cpu() - cpu);

        static double Cpu()
        {
            using var process = Process.GetCurrentProcess();
            return process.TotalProcessorTime.TotalSeconds;
        }
    }

    /// <summary>Milliseconds of processor time, which other processes hardly change: one thread, so a quiet machine's clock says the same.</summary>
    static double Best(Action work)
    {
        var best = double.PositiveInfinity;
        for (var pass = 0; pass < Passes; pass++)
        {
            var before = Environment.CpuUsage.TotalTime;
            work();
            best = Math.Min(best, (Environment.CpuUsage.TotalTime - before).TotalMilliseconds);
        }
        return best;
    }

    static double Quantile(double[] values, double part) => values.Order().ElementAt((int)(part * (values.Length - 1)));

    // Linux: what the process had at most in memory since the last reset, mapped files included.
    static void ResetPeak() => File.WriteAllText("/proc/self/clear_refs", "5");

    static double Peak() => 1024 * double.Parse(
        File.ReadLines("/proc/self/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal)).Split(':', 2)[1].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
}
