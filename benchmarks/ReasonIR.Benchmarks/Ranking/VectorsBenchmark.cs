using System.Diagnostics;
using System.Runtime.CompilerServices;
using ReasonIR.Benchmarks.Frame;
using ReasonIR.Retrieval.Ranking;
using ReasonIR.Retrieval.Vectors;

namespace ReasonIR.Benchmarks.Ranking;

/// <summary>The embedded vector index against what memory and arithmetic allow, and the recall of its 8-bit codes.</summary>
sealed class VectorsBenchmark : IBenchmark
{
    const int Count = 100_000, Dimension = 384, BatchQueries = 256, SingleQueries = 16, Top = 100, Passes = 3;

    public string Name => "vectors";

    public string Description => "exact top 100 of 100,000 x 384: one query, a batch, 8-bit codes and their recall (--input INDEX)";

    public async IAsyncEnumerable<BenchmarkResult> RunAsync(
        BenchmarkContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var folder = Directory.CreateTempSubdirectory("reasonir-bench-").FullName;
        try
        {
            await Task.Yield();
            var path = context.Input ?? Path.Combine(folder, "f32");
            if (context.Input is null)
            {
                var start = Stopwatch.GetTimestamp();
                Write(path, VectorPrecision.Float32);
                yield return new(Name, $"{Count} x {Dimension} f32", "write", "s", Stopwatch.GetElapsedTime(start).TotalSeconds, HigherIsBetter: false);
            }
            using var floats = VectorIndex.Open(path);
            var queries = RandomVectors(new Random(2), BatchQueries, floats.Dimension);
            var exact = floats.SearchBatch(queries, Top, cancellation: cancellationToken);
            foreach (var result in Search(floats, queries, cancellationToken))
                yield return result;
            if (context.Input is not null)
                yield break;

            path = Path.Combine(folder, "int8");
            Write(path, VectorPrecision.Int8Rescored);
            using var codes = VectorIndex.Open(path);
            foreach (var result in Search(codes, queries, cancellationToken))
                yield return result;
            var found = codes.SearchBatch(queries, Top, cancellation: cancellationToken);
            yield return new(Name, $"{Count} x {Dimension} int8, {BatchQueries} queries", $"recall@{Top} of f32", "share",
                exact.Zip(found).Average(pair => pair.First.Intersect(pair.Second).Count() / (double)pair.First.Length), 0.999, Limit: 1);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    IEnumerable<BenchmarkResult> Search(VectorIndex index, float[] queries, CancellationToken cancellation)
    {
        var workload = $"{index.Count} x {index.Dimension} {(index.Precision == VectorPrecision.Float32 ? "f32" : "int8")}, top {Top}";
        var threads = Environment.ProcessorCount;
        var bytes = (double)index.Count * index.Dimension * (index.Precision == VectorPrecision.Float32 ? 4 : 1);
        var single = Best(() =>
        {
            for (var q = 0; q < SingleQueries; q++)
                index.Search(queries.AsSpan(q * index.Dimension, index.Dimension), Top);
        }) / SingleQueries;
        // One query reads every vector once from memory.
        yield return new(Name, $"{workload}, one by one, {threads} threads", "throughput", "queries/s", 1 / single,
            Limit: MachineLimits.BytesASecond(threads) / bytes);
        var batch = Best(() => index.SearchBatch(queries, Top, cancellation: cancellation)) / BatchQueries;
        // A batch multiplies and adds in floats (twice as many lanes for codes, which a limit in floats does not bound).
        yield return new(Name, $"{workload}, batch of {BatchQueries}, {threads} threads", "throughput", "queries/s", 1 / batch,
            Limit: index.Precision == VectorPrecision.Float32
                ? MachineLimits.FloatMultiplyAddsASecond(threads) / ((double)index.Count * index.Dimension)
                : null);
    }

    static void Write(string path, VectorPrecision precision)
    {
        var random = new Random(1);
        using var writer = VectorIndexWriter.Create(path, Dimension, VectorMetric.Cosine, precision);
        for (var i = 0; i < Count; i++)
            writer.Add($"document-{i}", RandomVectors(random, 1, Dimension));
        writer.Complete();
    }

    static float[] RandomVectors(Random random, int count, int dimension)
    {
        var vectors = new float[count * dimension];
        foreach (ref var value in vectors.AsSpan())
            value = random.NextSingle() - 0.5f;
        return vectors;
    }

    static double Best(Action work)
    {
        var best = double.MaxValue;
        for (var pass = 0; pass < Passes; pass++)
        {
            var start = Stopwatch.GetTimestamp();
            work();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        return best;
    }
}
