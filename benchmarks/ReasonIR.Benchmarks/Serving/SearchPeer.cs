using System.Text;
using System.Text.Json;
using ReasonIR.Benchmarks.Frame;
using ReasonIR.Benchmarks.Quality;
using ReasonIR.Benchmarks.Synthesis;
using ReasonIR.Contracts.Search;
using ReasonIR.Contracts.Serialization;

namespace ReasonIR.Benchmarks.Serving;

/// <summary>
/// Lucene behind the JDK's HTTP server over the same documents. It answers as the Search service does, titles, texts and marks included, but from
/// its own index: no database, no other system to choose, a request that is the query's text alone.
/// </summary>
sealed class SearchPeer : IAsyncDisposable
{
    /// <summary>Documents of the ten best that both must find, on average: Lucene 4.10 keeps lengths less exactly, so the last ranks differ.</summary>
    const double Agreement = 0.9;

    readonly PeerProcess process;

    SearchPeer(PeerProcess process, StaticSystems collection)
    {
        this.process = process;
        Http = new() { BaseAddress = new($"http://127.0.0.1:{process.Port}") };
        Requests = [.. collection.Queries.Select(query => Encoding.UTF8.GetBytes(query.Text))];
    }

    /// <summary>With version and threads.</summary>
    public string Name => $"{process.Name}, {Environment.ProcessorCount} threads";

    public HttpClient Http { get; }

    /// <summary>The queries, in their order.</summary>
    public byte[][] Requests { get; }

    /// <summary>Null where Lucene or a Java compiler is not installed.</summary>
    public static async Task<SearchPeer?> StartAsync(StaticSystems collection, CancellationToken cancellation) =>
        await LucenePeer.ServeAsync(collection.Documents, cancellation) is { } process ? new(process, collection) : null;

    /// <summary>Processor time so far, seconds.</summary>
    public double CpuSeconds() => ProcessorTimes.WithChildren(process.Id);

    /// <summary>The share of our documents that it finds too, over all queries.</summary>
    /// <param name="ours">The Search service.</param>
    /// <param name="requests">Ours, in the order of its own.</param>
    /// <exception cref="InvalidDataException">The share is too small, or a document that both find has another title or text.</exception>
    public async Task<double> CheckAsync(HttpClient ours, byte[][] requests, CancellationToken cancellation)
    {
        var (both, all) = (0, 0);
        foreach (var (mine, own) in requests.Zip(Requests))
        {
            var answers = await Task.WhenAll(SearchBenchmark.PostAsync(ours, mine, cancellation), SearchBenchmark.PostAsync(Http, own, cancellation));
            var hits = Hits(answers[0]);
            var theirs = Hits(answers[1]).ToDictionary(hit => hit.DocumentId);
            foreach (var hit in hits.Where(hit => theirs.ContainsKey(hit.DocumentId)))
            {
                both++;
                if (theirs[hit.DocumentId] is var other && (LucenePeer.OneLine(other.Title), LucenePeer.OneLine(other.Text)) != (LucenePeer.OneLine(hit.Title), LucenePeer.OneLine(hit.Text)))
                    throw new InvalidDataException($"Document {hit.DocumentId} has another title or text in {Name}'s answer.");
            }
            all += hits.Count;
        }
        var share = (double)both / all;
        return share >= Agreement ? share : throw new InvalidDataException(FormattableString.Invariant($"{Name} finds {share:P1} of our documents; {Agreement:P0} was expected."));
    }

    static IReadOnlyList<SearchHit> Hits(byte[] answer) => JsonSerializer.Deserialize<SearchResponse>(answer, ReasonIrJson.Web)!.Hits;

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await process.DisposeAsync();
    }
}
