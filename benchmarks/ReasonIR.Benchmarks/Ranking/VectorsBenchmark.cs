using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ReasonIR.Benchmarks.Frame;
using ReasonIR.Retrieval.Vectors;

namespace ReasonIR.Benchmarks.Ranking;

/// <summary>
/// The embedded vector index: building, opening, one query, a batch and several clients, against memory bandwidth measured in the same run
/// and, at the first size, against faiss. <c>--input COUNTxDIMENSION</c> measures another size.
/// </summary>
sealed class VectorsBenchmark : IBenchmark
{
    const int BatchQueries = 64, SingleQueries = 16, Clients = 8, Top = 10, Passes = 4;

    static readonly Workload[] Workloads =
    [
        new(100_000, 1024, SingleGoal: 2.5, BatchGoal: 0.8, Peer: true),
        new(100_000, 4096, SingleGoal: 7),
        new(1_000_000, 1024, SingleGoal: 25, BatchGoal: 8, BuildGoal: 30),
    ];

    public string Name => "vectors";

    public string Description => "top 10 of 100,000 x 1024, 100,000 x 4096 and 1,000,000 x 1024 by 2-bit scan, 8-bit codes and f32 scores, against memory bandwidth and faiss (--input COUNTxDIMENSION)";

    public async IAsyncEnumerable<BenchmarkResult> RunAsync(
        BenchmarkContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        foreach (var workload in context.Input is { } input ? [Workload.Parse(input)] : Workloads)
        {
            var folder = Directory.CreateTempSubdirectory("reasonir-bench-").FullName;
            try
            {
                await foreach (var result in MeasureAsync(workload, folder, cancellationToken))
                    yield return result;
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        }
    }

    async IAsyncEnumerable<BenchmarkResult> MeasureAsync(Workload workload, string folder, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var threads = Environment.ProcessorCount;
        var source = new VectorSource(workload.Dimension);
        var start = Stopwatch.GetTimestamp();
        using (var builder = new VectorIndexBuilder(folder, new(workload.Dimension)))
        {
            for (var i = 0; i < workload.Count; i++)
                builder.Add($"document-{i}", source.Next());
            builder.Complete();
        }
        yield return new(Name, $"{workload.Name}, f32 stored, flushed to disk", "build", "s", Stopwatch.GetElapsedTime(start).TotalSeconds, workload.BuildGoal, HigherIsBetter: false);

        var open = Best(() => VectorIndex.Open(folder).Dispose());
        yield return new(Name, workload.Name, "open", "ms", open * 1e3, HigherIsBetter: false);
        using var index = VectorIndex.Open(folder);
        var queries = source.Queries(BatchQueries);
        // 2 bits a component, rounded up to 256 of them, and two floats a row.
        var bytes = (double)workload.Count * ((workload.Dimension + 255) / 256 * 64 + 2 * sizeof(float));

        // One query reads each of these once: the scan cannot be faster than memory, unless they fit in the cache. Both in turns, in the same moments of the machine.
        var (single, bandwidth) = (double.MaxValue, 0.0);
        for (var pass = 0; pass < Passes; pass++)
        {
            bandwidth = Math.Max(bandwidth, MachineLimits.BytesASecond(threads));
            single = Math.Min(single, Best(() => Singles(index, queries)) / SingleQueries);
        }
        yield return new(Name, $"{workload.Name}, one query, {threads} threads", "time", "ms", single * 1e3, workload.SingleGoal, HigherIsBetter: false, Limit: bytes / bandwidth * 1e3);
        yield return new(Name, $"{workload.Name}, one query, {threads} threads", "of memory bandwidth", "share", bytes / single / bandwidth, 0.75, Limit: 1);

        var batch = Best(() => index.SearchBatch(queries, Top, cancellation: cancellation)) / BatchQueries;
        yield return new(Name, $"{workload.Name}, batch of {BatchQueries}, {threads} threads", "time a query", "ms", batch * 1e3, workload.BatchGoal, HigherIsBetter: false);

        var clients = Best(() => Parallel.For(0, Clients, new ParallelOptions { MaxDegreeOfParallelism = Clients }, _ => Singles(index, queries))) / (Clients * SingleQueries);
        yield return new(Name, $"{workload.Name}, {Clients} clients", "throughput of one client", "share", single / clients, 0.9, Limit: 1);

        if (!workload.Peer)
            yield break;
        foreach (var (kind, alone, together) in new[] { ("flat", false, true), ("sq8", true, true) })
            foreach (var isBatch in new[] { alone ? false : true, together }.Distinct())
                await foreach (var result in AgainstFaissAsync(workload, folder, index, queries, kind, isBatch, cancellation))
                    yield return result;
    }

    async IAsyncEnumerable<BenchmarkResult> AgainstFaissAsync(
        Workload workload, string folder, VectorIndex index, float[] queries, string kind, bool batch, [EnumeratorCancellation] CancellationToken cancellation)
    {
        var threads = Environment.ProcessorCount;
        var (vectorFile, queryFile) = (Path.Combine(folder, "vectors.raw"), Path.Combine(folder, "queries.raw"));
        WriteRaw(vectorFile, index, workload);
        var asked = batch ? queries : queries[..(SingleQueries * workload.Dimension)];
        await File.WriteAllBytesAsync(queryFile, MemoryMarshal.AsBytes(asked.AsSpan()).ToArray(), cancellation);
        await using var peer = await PeerProcess.FaissAsync(new { vectors = vectorFile, queries = queryFile, dimension = workload.Dimension, kind, top = Top, batch, threads }, cancellation);
        if (peer is null)
            yield break;
        var rounds = await Duel.RunAsync(() =>
        {
            if (batch)
                index.SearchBatch(queries, Top, cancellation: cancellation);
            else
                Singles(index, queries);
        }, peer, cancellation);
        foreach (var figure in Duel.Figures(Name, $"{workload.Name}, {(batch ? $"batch of {BatchQueries}" : "one by one")}, {threads} threads", "queries", batch ? BatchQueries : SingleQueries, rounds, peer.Name, 1))
            yield return figure;
    }

    static void Singles(VectorIndex index, float[] queries)
    {
        for (var q = 0; q < SingleQueries; q++)
            index.Search(queries.AsSpan(q * index.Settings.Dimension, index.Settings.Dimension), Top);
    }

    static void WriteRaw(string path, VectorIndex index, Workload workload)
    {
        if (File.Exists(path))
            return;
        using var file = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
        for (var i = 0; i < workload.Count; i++)
            file.Write(MemoryMarshal.AsBytes(index.Vectors($"document-{i}").AsSpan()));
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

    /// <param name="SingleGoal">Milliseconds.</param>
    /// <param name="BatchGoal">Milliseconds a query.</param>
    /// <param name="BuildGoal">Seconds.</param>
    sealed record Workload(int Count, int Dimension, double? SingleGoal = null, double? BatchGoal = null, double? BuildGoal = null, bool Peer = false)
    {
        public string Name => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Count:N0} x {Dimension}");

        public static Workload Parse(string text) =>
            text.Split('x') is [var count, var dimension] && int.TryParse(count, out var n) && n > 0 && int.TryParse(dimension, out var d) && d is > 0 and <= VectorIndexSettings.LargestDimension
                ? new(n, d, Peer: n * (long)d <= 500_000_000)
                : throw new ArgumentException($"--input {text}: expected COUNTxDIMENSION, such as 200000x768");
    }

    /// <summary>Different vectors at the price of an addition each: sums of two of some random ones.</summary>
    sealed class VectorSource
    {
        const int Pool = 4096;

        readonly int dimension;
        readonly float[] pool, sum;
        int next;

        public VectorSource(int dimension)
        {
            this.dimension = dimension;
            var random = new Random(1);
            pool = new float[Pool * dimension];
            foreach (ref var value in pool.AsSpan())
                value = random.NextSingle() - 0.5f;
            sum = new float[dimension];
        }

        public ReadOnlySpan<float> Next()
        {
            // Another pair for each of the first 16 million.
            var (a, b) = (next % Pool, (next / Pool * 17 + next * 31 + 1) % Pool);
            next++;
            System.Numerics.Tensors.TensorPrimitives.Add(pool.AsSpan(a * dimension, dimension), pool.AsSpan(b * dimension, dimension), sum);
            return sum;
        }

        public float[] Queries(int count)
        {
            var random = new Random(2);
            var queries = new float[count * dimension];
            foreach (ref var value in queries.AsSpan())
                value = random.NextSingle() - 0.5f;
            return queries;
        }
    }
}
