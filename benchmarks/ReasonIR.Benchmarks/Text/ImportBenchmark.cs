extern alias search;

using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using ReasonIR.Benchmarks.Frame;
using ReasonIR.Contracts.Runs;
using ReasonIR.Retrieval.Parquet;

namespace ReasonIR.Benchmarks.Text;

/// <summary>
/// A task of BRIGHT with 400,000 documents, resampled from a small collection, imported into Postgres and indexed by the Search service as a
/// process of its own: what the process has in memory at most, mapped files included. As Parquet in the hub's layout, and as JSON lines.
/// Writes some GB to the temporary folder.
/// </summary>
sealed class ImportBenchmark : IBenchmark
{
    const string Default = "data/stackexchange-answers";
    const int Documents = 400_000, Queries = 100, QueryTerms = 50;
    const double GoalMegabytes = 500;

    public string Name => "import";

    public string Description => "400,000 documents of BRIGHT's layout into Postgres and a BM25 index: the Search service's peak memory, as Parquet and as JSON lines (--only parquet|jsonl, --input FOLDER: another collection)";

    public async IAsyncEnumerable<BenchmarkResult> RunAsync(BenchmarkContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var collection = await TextCollection.ReadAsync(context with { Input = context.Input ?? context.Require(Default) }, cancellationToken);
        var texts = new ResampledTexts(collection, Documents);
        await using var services = await ServiceProcesses.StartAsync(new Dictionary<string, string>(), durable: true, cancellationToken);
        var process = await services.AddAsync(typeof(search::Program).Assembly, cancellationToken);
        foreach (var format in new[] { "parquet", "jsonl" }.Where(context.Wants))
        {
            var upload = Guid.NewGuid().ToString("N");
            var folder = Directory.CreateDirectory(Path.Combine(services.Artifacts, "uploads", upload)).FullName;
            await context.Log.WriteLineAsync($"{Name}: writes {Documents:N0} documents as {format}");
            var bytes = format == "parquet" ? WriteParquet(folder, texts, cancellationToken) : WriteLines(folder, texts, cancellationToken);
            var workload = string.Create(CultureInfo.InvariantCulture, $"{Documents:N0} documents from {collection.Name}, {bytes / 1e6:F0} MB of text, {format}");

            ResetPeak(process);
            var clock = Stopwatch.StartNew();
            var imported = await services.RunAsync<ImportSpec, ImportOutput>(RunKinds.Import, new(format, upload), cancellationToken);
            if (imported.Documents != Documents)
                throw new InvalidDataException($"{imported.Documents} documents were imported, expected {Documents}");
            yield return Row($"import, {workload}", "time", "s", clock.Elapsed.TotalSeconds);
            yield return Row($"import, {workload}", "peak memory", "MB", Peak(process) / 1e6, GoalMegabytes);

            ResetPeak(process);
            clock.Restart();
            await services.RunAsync<IndexSpec, IndexOutput>(RunKinds.Index, new(format, "bm25"), cancellationToken);
            yield return Row($"index, {workload}", "time", "s", clock.Elapsed.TotalSeconds);
            yield return Row($"index, {workload}", "peak memory", "MB", Peak(process) / 1e6, GoalMegabytes);
        }
    }

    /// <summary>As the hub holds a task; the bytes of the documents' texts.</summary>
    static long WriteParquet(string folder, ResampledTexts texts, CancellationToken cancellation)
    {
        var bytes = 0L;
        Write("documents", [new("id"), new("content")], writer =>
        {
            for (var i = 0; i < Documents; i++)
            {
                cancellation.ThrowIfCancellationRequested();
                var text = texts[i];
                bytes += System.Text.Encoding.UTF8.GetByteCount(text);
                writer.Write($"d{i}", text);
            }
        });
        ParquetField[] fields = [new("query"), new("reasoning"), new("id"), new("excluded_ids", IsList: true), new("gold_ids_long", IsList: true), new("gold_ids", IsList: true), new("gold_answer")];
        Write("examples", fields, writer =>
        {
            for (var i = 0; i < Queries; i++)
                writer.Write(texts.Query(i, QueryTerms, new Retrieval.Analysis.SimpleAnalyzer()), "", $"{i}", new[] { "N/A" }, new[] { "N/A" }, new[] { $"d{i}" }, "");
        });
        return bytes;

        void Write(string configuration, ParquetField[] fields, Action<ParquetFileWriter> rows)
        {
            using var file = File.Create(Path.Combine(Directory.CreateDirectory(Path.Combine(folder, configuration)).FullName, "bench-00000-of-00001.parquet"));
            var writer = new ParquetFileWriter(file, fields);
            rows(writer);
            writer.Complete();
        }
    }

    static long WriteLines(string folder, ResampledTexts texts, CancellationToken cancellation)
    {
        var bytes = 0L;
        using var writer = new StreamWriter(Path.Combine(folder, "documents.jsonl"));
        for (var i = 0; i < Documents; i++)
        {
            cancellation.ThrowIfCancellationRequested();
            var text = texts[i];
            bytes += System.Text.Encoding.UTF8.GetByteCount(text);
            writer.WriteLine(JsonSerializer.Serialize(new { id = $"d{i}", text }));
        }
        return bytes;
    }

    BenchmarkResult Row(string workload, string metric, string unit, double ours, double? goal = null) => new(Name, workload, metric, unit, Math.Round(ours, 1), goal, HigherIsBetter: false);

    // Linux: what the process had at most in memory since the last reset, mapped files included.
    static void ResetPeak(ServiceProcess process) => File.WriteAllText($"/proc/{process.Id}/clear_refs", "5");

    static double Peak(ServiceProcess process) => 1024 * double.Parse(
        File.ReadLines($"/proc/{process.Id}/status").First(line => line.StartsWith("VmHWM:", StringComparison.Ordinal)).Split(':', 2)[1].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture);
}
