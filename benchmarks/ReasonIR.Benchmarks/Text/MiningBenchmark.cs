using System.Diagnostics;
using System.Runtime.CompilerServices;
using ReasonIR.Benchmarks.Frame;
using ReasonIR.Retrieval.Analysis;
using ReasonIR.Retrieval.Bm25;
using ReasonIR.Retrieval.Pairs;

namespace ReasonIR.Benchmarks.Text;

/// <summary>
/// Hard negatives for 10,000 queries over 100,000 documents by BM25: documents resampled from a collection's sentences, a query is a sentence
/// of the document that is its positive. What is mined is checked against the guard.
/// </summary>
sealed class MiningBenchmark : IBenchmark
{
    const int Documents = 100_000, Queries = 10_000;

    public string Name => "mining";

    public string Description => "hard negatives for 10,000 queries over 100,000 documents by BM25, all cores (--input FOLDER: another collection)";

    public async IAsyncEnumerable<BenchmarkResult> RunAsync(BenchmarkContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var collection = await TextCollection.ReadAsync(context, cancellationToken);
        var resampled = new ResampledTexts(collection, Documents);
        string[] texts = [.. Enumerable.Range(0, Documents).AsParallel().AsOrdered().Select(number => resampled[number])];
        using var process = Process.GetCurrentProcess();
        var (clock, before) = (Stopwatch.StartNew(), Cpu());
        using var index = Bm25Index.BuildTemporary(texts.Select((text, number) => ($"d{number}", text)), LuceneEnglishAnalyzer.Instance, cancellationToken);
        var indexing = clock.Elapsed.TotalSeconds;
        var miner = new HardNegativeMiner(index, id => id);
        (string Query, string Positive)[] pairs = [.. Enumerable.Range(0, Queries).Select(number => (SentenceSplitter.Split(texts[number * (Documents / Queries)])[0], $"d{number * (Documents / Queries)}"))];
        var mined = new MinedNegatives[Queries];
        clock.Restart();
        Parallel.For(0, Queries, new ParallelOptions { CancellationToken = cancellationToken }, number => mined[number] = miner.Mine(pairs[number].Query, pairs[number].Positive));
        var (mining, cpu) = (clock.Elapsed.TotalSeconds, Cpu() - before);
        foreach (var (number, found) in mined.Index())
            if (found.Negatives.Any(negative => negative.Id == pairs[number].Positive || negative.Score > 0.95 * found.PositiveScore))
                throw new InvalidDataException($"Query {number} has a negative that the guard should have kept out.");
        var workload = FormattableString.Invariant($"{Queries} queries of {pairs.Average(pair => SentenceSplitter.SplitWords(pair.Query).Length):F0} words, {Documents} documents from {collection.Name}");
        yield return Row($"{workload}, index", indexing, null);
        yield return Row($"{workload}, index and mining", indexing + mining, 60);
        yield return Row($"{workload}, CPU time", cpu, null);
        yield return new(Name, workload, "queries with a negative", "%", Math.Round(100.0 * mined.Count(found => found.Negatives.Count > 0) / Queries, 1));

        double Cpu()
        {
            process.Refresh();
            return process.TotalProcessorTime.TotalSeconds;
        }
    }

    BenchmarkResult Row(string workload, double seconds, double? goal) => new(Name, workload, "time", "s", Math.Round(seconds, 2), goal, HigherIsBetter: false);
}
