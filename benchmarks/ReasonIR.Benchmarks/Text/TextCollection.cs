using System.Text;
using ReasonIR.Benchmarks.Frame;
using ReasonIR.Retrieval.Collections;

namespace ReasonIR.Benchmarks.Text;

/// <summary>The texts of a benchmark in memory, so that no figure holds the time of reading them.</summary>
/// <param name="Name">How a workload calls them.</param>
/// <param name="Documents">Ids and what is indexed.</param>
/// <param name="Queries">The judged queries' texts; all where none is judged.</param>
sealed record TextCollection(string Name, IReadOnlyList<(string Id, string Text)> Documents, IReadOnlyList<string> Queries)
{
    const string Default = "data/scifact";

    /// <summary>The texts' length as UTF-8.</summary>
    public long Bytes { get; } = Documents.Sum(document => (long)Encoding.UTF8.GetByteCount(document.Text));

    /// <summary>A BEIR or BRIGHT folder, or a folder of texts; SciFact where the input is not replaced.</summary>
    public static async Task<TextCollection> ReadAsync(BenchmarkContext context, CancellationToken cancellation)
    {
        var folder = context.Input ?? context.Require(Default);
        var name = Path.GetFileName(Path.TrimEndingDirectorySeparator(Path.GetFullPath(folder)));
        if (BrightFolder.Is(folder))
        {
            var bright = new BrightFolder(folder);
            return new(name, await TextsAsync(bright.ReadDocumentsAsync(cancellation)),
                await bright.ReadExamplesAsync(cancellation: cancellation).Select(example => example.Query.Text).ToListAsync(cancellation));
        }
        if (!BeirFolder.Is(folder))
            return new(name, await TextsAsync(new TextFolder(folder).ReadDocumentsAsync(cancellation)), []);
        var beir = new BeirFolder(folder);
        var judged = new HashSet<string>(StringComparer.Ordinal);
        if (beir.Splits.Count > 0)
            await foreach (var judgment in beir.ReadJudgmentsAsync(beir.Splits.Contains("test") ? "test" : beir.Splits[0], cancellation))
                judged.Add(judgment.QueryId);
        var queries = beir.ReadQueriesAsync(cancellation).Where(query => judged.Count == 0 || judged.Contains(query.Id));
        return new(name, await TextsAsync(beir.ReadDocumentsAsync(cancellation)), await queries.Select(query => query.Text).ToListAsync(cancellation));

        async Task<List<(string, string)>> TextsAsync(IAsyncEnumerable<CollectionDocument> documents) =>
            await documents.Select(document => (document.Id, document.IndexText)).ToListAsync(cancellation);
    }
}
