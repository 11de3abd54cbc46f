using System.Runtime.CompilerServices;
using System.Numerics;
using System.Runtime.InteropServices;
using ReasonIR.Benchmarks.Frame;
using ReasonIR.Retrieval.Analysis;
using ReasonIR.Retrieval.Bm25;

namespace ReasonIR.Benchmarks.Text;

/// <summary>Building a BM25 index and searching it, both variants.</summary>
sealed class Bm25Benchmark : IBenchmark
{
    const int Passes = 7, Top = 100;

    public string Name => "bm25";

    public string Description => "index a collection, top 100 of its queries, CPU time, 1 thread, against Lucene 4.10 (--input FOLDER: another collection)";

    public async IAsyncEnumerable<BenchmarkResult> RunAsync(
        BenchmarkContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var collection = await TextCollection.ReadAsync(context, cancellationToken);
        var folder = Directory.CreateTempSubdirectory("reasonir-bench-").FullName;
        try
        {
            var path = Path.Combine(folder, "bench.bm25");
            var scale = $"{collection.Name}, {collection.Documents.Count} documents, {collection.Bytes / 1e6:F1} MB";
            var building = CpuTime.BestOf(Passes, () =>
                Bm25Index.Build(collection.Documents, LuceneEnglishAnalyzer.Instance, path, cancellationToken), cancellationToken);
            // Every character read once (two bytes in memory), every byte of the index written once.
            var bandwidth = Bandwidth(cancellationToken);
            var size = new FileInfo(path).Length;
            yield return new(Name, $"index {scale}", "CPU time", "s", building, 0.6, HigherIsBetter: false,
                Limit: (2 * collection.Bytes + size) / bandwidth);
            await using (var peer = await PeerAsync("index"))
                if (peer is not null)
                    yield return new(Name, $"index {scale}", "against the peer", "s", building, HigherIsBetter: false, PeerName: $"{peer.Name}, 1 thread",
                        Peer: await peer.BestCpuAsync(Passes, cancellationToken));
            yield return new(Name, $"index {scale}", "size of the text", "%", 100.0 * size / collection.Bytes, HigherIsBetter: false);

            using var index = Bm25Index.Open(path);
            if (collection.Queries.Count == 0)
                yield break;
            var postings = collection.Queries.Average(query => index.Analyzer.Analyze(query).Distinct().Sum(term => (double)index.DocumentFrequency(term)));
            foreach (var variant in Enum.GetValues<Bm25Variant>())
            {
                var parameters = new Bm25Parameters(variant);
                var searching = CpuTime.BestOf(Passes, () =>
                {
                    foreach (var query in collection.Queries)
                        index.Search(query, Top, parameters);
                }, cancellationToken);
                var (workload, rate) = ($"{variant.ToString().ToLowerInvariant()}, top {Top}, {collection.Queries.Count} queries of {collection.Name}", collection.Queries.Count / searching);
                // Exhaustive scoring reads every posting of the query: a document number and a count.
                yield return new(Name, workload, "throughput", "queries/s", rate, variant == Bm25Variant.Lucene ? 6000 : null, Limit: bandwidth / (postings * 8));
                await using var peer = variant == Bm25Variant.Lucene ? await PeerAsync("search") : null;
                if (peer is not null)
                    yield return new(Name, workload, "against the peer", "queries/s", rate, PeerName: $"{peer.Name}, 1 thread",
                        Peer: collection.Queries.Count / await peer.BestCpuAsync(Passes, cancellationToken));
            }
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        Task<PeerProcess?> PeerAsync(string work) => LucenePeer.StartAsync(work, collection.Documents.Select(document => document.Text), collection.Queries, cancellationToken);
    }

    /// <summary>Bytes a second that one thread reads from memory.</summary>
    static double Bandwidth(CancellationToken cancellation)
    {
        var memory = new long[16 << 20];
        var seconds = CpuTime.BestOf(3, () =>
        {
            var sum = Vector<long>.Zero;
            foreach (var part in MemoryMarshal.Cast<long, Vector<long>>(memory.AsSpan()))
                sum += part;
            GC.KeepAlive(sum[0]);
        }, cancellation);
        return memory.Length * 8.0 / seconds;
    }
}
