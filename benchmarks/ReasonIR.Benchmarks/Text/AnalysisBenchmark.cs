using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using ReasonIR.Benchmarks.Frame;
using ReasonIR.Retrieval.Analysis;

namespace ReasonIR.Benchmarks.Text;

/// <summary>How fast the analyzers turn texts into terms, without an index.</summary>
sealed class AnalysisBenchmark : IBenchmark
{
    const int Passes = 7;

    public string Name => "analysis";

    public string Description => "texts to terms, MB of UTF-8 a second of CPU time, 1 thread, against Lucene 4.10 (--input FOLDER: another collection)";

    public async IAsyncEnumerable<BenchmarkResult> RunAsync(
        BenchmarkContext context, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var collection = await TextCollection.ReadAsync(context, cancellationToken);
        // No analysis is faster than reading each character once.
        var limit = Throughput(collection, text => Sum(text), cancellationToken);
        var english = 0d;
        foreach (var name in Analyzers.Names)
        {
            var analyzer = Analyzers.ByName(name);
            var result = Result($"{name}, {collection.Name}", name == LuceneEnglishAnalyzer.Instance.Name ? 25 : null, text =>
            {
                var sink = new CountingSink();
                analyzer.Analyze(text, ref sink);
                return sink.Count;
            });
            if (name == LuceneEnglishAnalyzer.Instance.Name)
                english = result.Ours;
            yield return result;
        }
        await using (var peer = await LucenePeer.StartAsync("analyze", collection.Documents.Select(document => document.Text), [], cancellationToken))
            if (peer is not null)
                yield return new(Name, $"{LuceneEnglishAnalyzer.Instance.Name}, {collection.Name}", "against the peer", "MB/s", english, PeerName: $"{peer.Name}, 1 thread",
                    Peer: collection.Bytes / 1e6 / await peer.BestCpuAsync(Passes, cancellationToken));
        yield return Result($"tokens of lucene-english alone, {collection.Name}", null, text =>
        {
            var count = 0;
            var tokens = new StandardTokenizer(text);
            while (tokens.Next())
                count++;
            return count;
        });

        BenchmarkResult Result(string workload, double? goal, Func<string, long> work) =>
            new(Name, workload, "throughput", "MB/s", Throughput(collection, work, cancellationToken), goal, Limit: limit);
    }

    static double Throughput(TextCollection collection, Func<string, long> work, CancellationToken cancellation) =>
        collection.Bytes / 1e6 / CpuTime.BestOf(Passes, () =>
        {
            long sum = 0;
            foreach (var (_, text) in collection.Documents)
                sum += work(text);
            GC.KeepAlive(sum);
        }, cancellation);

    static long Sum(string text)
    {
        var sum = Vector<ushort>.Zero;
        foreach (var part in MemoryMarshal.Cast<char, Vector<ushort>>(text))
            sum += part;
        return sum[0];
    }

    struct CountingSink : ITokenSink
    {
        public long Count;

        public void Add(scoped ReadOnlySpan<char> term, int start, int length) => Count++;
    }
}
