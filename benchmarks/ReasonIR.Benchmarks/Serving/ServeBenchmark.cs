using System.Diagnostics;
using System.Runtime.CompilerServices;
using ReasonIR.Benchmarks.Frame;
using ReasonIR.Benchmarks.Quality;
using ReasonIR.Models;

namespace ReasonIR.Benchmarks.Serving;

/// <summary>
/// The Encoder service with 32 clients of single short texts, against the library on the same texts in batches: in turns, so that both see
/// the same machine. The memory of the service is taken after a third of the time and at the end: <c>--seconds 60</c> is a soak.
/// </summary>
sealed class ServeBenchmark : IBenchmark
{
    const int Clients = 32, Rounds = 3;
    const double OwnSeconds = 12;

    public string Name => "serve";

    public string Description => "32 clients with single short texts, against the library's own batches; latencies, memory; reading 2,048 inputs (--input MODEL, --seconds S)";

    public async IAsyncEnumerable<BenchmarkResult> RunAsync(BenchmarkContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var folder = context.Input ?? context.Require("models/all-MiniLM-L6-v2");
        string[] texts = [.. BeirCollection.Read(context.Require("data/scifact")).Queries.Values];
        var workload = $"{Path.GetFileName(Path.TrimEndingDirectorySeparator(folder))}, {texts.Length:N0} SciFact claims";
        foreach (var result in ParseMeasurement.Run(cancellationToken))
            yield return result;

        using var library = ModelFolder.Open(folder);
        var vectors = new float[texts.Length * library.Dimension];
        library.Encode(texts, EncodeOptions.Default, vectors, cancellationToken);
        await using var service = await EncoderProcess.StartAsync(folder, cancellationToken);
        var requests = texts.Select(LoadClient.Request).ToList();
        await LoadResult.RunAsync(service.Endpoint, requests, Clients, TimeSpan.FromSeconds(1), cancellationToken);

        var time = TimeSpan.FromSeconds((context.Seconds ?? OwnSeconds) / Rounds);
        var (served, batched, latencies) = (new List<double>(), new List<double>(), new List<double>());
        var (servedCpu, batchedCpu) = (new List<double>(), new List<double>());
        var (errors, early) = (0, 0L);
        for (var round = 0; round < Rounds; round++)
        {
            var cpu = Environment.CpuUsage.TotalTime;
            var (rate, count) = Batched(library, texts, vectors, time / 4, cancellationToken);
            batched.Add(rate);
            batchedCpu.Add((Environment.CpuUsage.TotalTime - cpu).TotalMilliseconds / count);
            var before = service.CpuSeconds();
            var load = await LoadResult.RunAsync(service.Endpoint, requests, Clients, time, cancellationToken);
            served.Add(load.PerSecond);
            servedCpu.Add(1000 * (service.CpuSeconds() - before) / load.Seconds.Length);
            latencies.AddRange(load.Seconds);
            errors += load.Errors;
            // The memory of the first moments is that of a process that still grows into its work.
            if (round == 0)
                early = service.Memory();
            await context.Log.WriteLineAsync($"  round {round + 1}: served {load.PerSecond:N0}, library {rate:N0} texts/s; {servedCpu[^1]:N2} and {batchedCpu[^1]:N2} ms CPU a text; service {service.Memory() / 1e6:N0} MB");
        }
        await context.Log.WriteLineAsync($"  {await service.TextsPerBatchAsync(cancellationToken):N1} texts a batch");
        latencies.Sort();
        yield return new(Name, $"{workload}, {Clients} clients", "throughput", "texts/s", Median(served), Goal: 0.8, PeerName: "the library in batches", Peer: Median(batched));
        yield return new(Name, $"{workload}, {Clients} clients", "processor time", "ms a text", Median(servedCpu), HigherIsBetter: false, PeerName: "the library in batches", Peer: Median(batchedCpu));
        yield return new(Name, $"{workload}, {Clients} clients", "latency p50", "ms", 1000 * latencies[latencies.Count / 2], HigherIsBetter: false);
        yield return new(Name, $"{workload}, {Clients} clients", "latency p99", "ms", 1000 * latencies[(int)(0.99 * latencies.Count)], HigherIsBetter: false);
        yield return new(Name, $"{workload}, {Clients} clients, {time.TotalSeconds * Rounds:N0} s", "errors", "requests", errors, Goal: 0, HigherIsBetter: false);
        yield return new(Name, $"{workload}, {Clients} clients, {time.TotalSeconds * Rounds:N0} s", "memory growth", "MB", (service.Memory() - early) / 1e6, HigherIsBetter: false);
        var alone = await LoadResult.RunAsync(service.Endpoint, requests, clients: 1, TimeSpan.FromSeconds(2), cancellationToken);
        yield return new(Name, $"{workload}, 1 client", "latency p50", "ms", 1000 * alone.Percentile(0.5), HigherIsBetter: false);
    }

    static (double PerSecond, int Texts) Batched(ITextEncoder library, string[] texts, float[] vectors, TimeSpan time, CancellationToken cancellation)
    {
        var clock = Stopwatch.StartNew();
        var rounds = 0;
        do
        {
            library.Encode(texts, EncodeOptions.Default, vectors, cancellation);
            rounds++;
        }
        while (clock.Elapsed < time);
        return (rounds * texts.Length / clock.Elapsed.TotalSeconds, rounds * texts.Length);
    }

    static double Median(List<double> values)
    {
        values.Sort();
        return values[values.Count / 2];
    }
}
