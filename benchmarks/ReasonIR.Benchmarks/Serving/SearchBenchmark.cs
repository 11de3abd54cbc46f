using System.Diagnostics;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using ReasonIR.Benchmarks.Frame;
using ReasonIR.Benchmarks.Quality;
using ReasonIR.Contracts.Search;
using ReasonIR.Contracts.Serialization;
using ReasonIR.Training.Static;

namespace ReasonIR.Benchmarks.Serving;

/// <summary>
/// Queries over HTTP to the Search service, which asks the Encoder service for their vectors: each a process, a collection's test queries, the ten best with
/// titles, texts and marks. The encoder is the static one's untrained start, as fast as the trained one; what it finds is not measured here.
/// BM25 runs beside Lucene's server, in turns; dense and hybrid have no peer.
/// </summary>
sealed class SearchBenchmark : IBenchmark
{
    const double OwnSeconds = 6;

    static readonly SystemSpec[] Systems = [new("bm25", "bm25"), new("dense", "dense", EncoderProcess.Model), new("hybrid", "hybrid", EncoderProcess.Model)];

    public string Name => "search";

    public string Description => "top 10 of a collection's queries through the Search service, BM25, dense, hybrid: latency and throughput, BM25 against Lucene 4.10 (--input FOLDER in BEIR's layout, --seconds S)";

    public async IAsyncEnumerable<BenchmarkResult> RunAsync(BenchmarkContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var folder = context.Input ?? context.Require("data/scifact");
        var collection = await StaticSystems.ReadAsync(folder, cancellationToken);
        var scratch = Directory.CreateTempSubdirectory("reasonir-bench-").FullName;
        var model = Path.Combine(scratch, "start");
        try
        {
            collection.Train(new StaticOptions { MaxSteps = 0 }, null, cancellationToken).Save(model, "start");
            await using var encoder = await EncoderProcess.StartAsync(model, cancellationToken);
            var service = await SearchProcess.StartAsync(encoder, folder, cancellationToken);
            using var http = new HttpClient { BaseAddress = service.Address };
            await using var lucene = await SearchPeer.StartAsync(collection, cancellationToken);
            if (lucene is null)
                await context.Log.WriteLineAsync($"{Name}: without a peer; Lucene 4.10 and a Java compiler are not installed, or left out by --alone");
            var time = TimeSpan.FromSeconds(context.Seconds ?? OwnSeconds);
            foreach (var system in Systems.Where(system => context.Wants(system.Name)))
            {
                var peer = system.Kind == "bm25" ? lucene : null;
                byte[][] requests = [.. collection.Queries.Select(query => JsonSerializer.SerializeToUtf8Bytes(new SearchRequest(SearchProcess.Corpus, query.Text, system), ReasonIrJson.Web))];
                await AskAsync(http, requests, 8, time, cancellationToken); // until the services are compiled for it
                if (peer is not null)
                {
                    await AskAsync(peer.Http, peer.Requests, 8, time, cancellationToken);
                    await context.Log.WriteLineAsync(FormattableString.Invariant($"{Name}: {peer.Name}, finds {await peer.CheckAsync(http, requests, cancellationToken):P1} of our documents"));
                }
                foreach (var clients in (int[])[1, 8])
                {
                    var (before, database) = (service.CpuSeconds() + encoder.CpuSeconds(), encoder.All.DatabaseSeconds());
                    var load = await AskAsync(http, requests, clients, time, cancellationToken);
                    var cpu = (service.CpuSeconds() + encoder.CpuSeconds() - before) / load.Seconds.Length;
                    var all = cpu + (encoder.All.DatabaseSeconds() - database) / load.Seconds.Length;
                    var (name, peerBefore) = (peer?.Name, peer?.CpuSeconds());
                    var theirs = peer is null ? null : await AskAsync(peer.Http, peer.Requests, clients, time, cancellationToken);
                    var peerCpu = (peer?.CpuSeconds() - peerBefore) / theirs?.Seconds.Length;
                    var workload = $"{system.Name}, {collection.Documents.Count} documents, {clients} client{(clients == 1 ? "" : "s")}";
                    yield return new(Name, workload, "throughput", "queries/s", load.PerSecond, PeerName: name, Peer: theirs?.PerSecond);
                    yield return new(Name, workload, "latency p50", "ms", 1000 * load.Percentile(0.5), HigherIsBetter: false, PeerName: name, Peer: 1000 * theirs?.Percentile(0.5));
                    yield return new(Name, workload, "latency p99", "ms", 1000 * load.Percentile(0.99), HigherIsBetter: false, PeerName: name, Peer: 1000 * theirs?.Percentile(0.99));
                    yield return new(Name, workload, "CPU time of services", "ms a query", 1000 * cpu, HigherIsBetter: false);
                    yield return new(Name, workload, "CPU time with Postgres", "ms a query", 1000 * all, HigherIsBetter: false, PeerName: name, Peer: 1000 * peerCpu);
                }
            }
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
    }

    /// <summary>Clients that ask one query after another, each as soon as it has its answer, read to its end.</summary>
    static async Task<LoadResult> AskAsync(HttpClient http, byte[][] requests, int clients, TimeSpan time, CancellationToken cancellation)
    {
        var next = 0;
        var clock = Stopwatch.StartNew();
        var each = await Task.WhenAll(Enumerable.Range(0, clients).Select(_ => Task.Run(async () =>
        {
            var seconds = new List<double>();
            while (clock.Elapsed < time)
            {
                var since = Stopwatch.GetTimestamp();
                await PostAsync(http, requests[Interlocked.Increment(ref next) % requests.Length], cancellation);
                seconds.Add(Stopwatch.GetElapsedTime(since).TotalSeconds);
            }
            return seconds;
        }, cancellation)));
        double[] all = [.. each.SelectMany(seconds => seconds).Order()];
        return new(all.Length / clock.Elapsed.TotalSeconds, all, 0);
    }

    /// <summary>The answer to a request.</summary>
    public static async Task<byte[]> PostAsync(HttpClient http, byte[] request, CancellationToken cancellation)
    {
        using var body = new ByteArrayContent(request);
        body.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var response = await http.PostAsync("search", body, cancellation);
        return response.IsSuccessStatusCode ? await response.Content.ReadAsByteArrayAsync(cancellation)
            : throw new InvalidOperationException($"search: {await response.Content.ReadAsStringAsync(cancellation)}");
    }
}
