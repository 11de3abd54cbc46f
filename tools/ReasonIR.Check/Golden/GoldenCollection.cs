using ReasonIR.Retrieval.Collections;
using ReasonIR.Retrieval.Runs;
using Judgments = ReasonIR.Retrieval.Runs.Judgments;

namespace ReasonIR.Check.Golden;

/// <summary>A collection under <c>data</c>, laid out as BEIR or as BRIGHT does.</summary>
sealed class GoldenCollection
{
    readonly BeirFolder? beir;
    readonly Judgments? gold;

    GoldenCollection(IReadOnlyList<(string, string)> documents, IReadOnlyList<CollectionQuery> queries, BeirFolder? beir, Judgments? gold) =>
        (Documents, Queries, this.beir, this.gold) = (documents, queries, beir, gold);

    /// <summary>Ids and what is indexed.</summary>
    public IReadOnlyList<(string Id, string Text)> Documents { get; }

    /// <summary>All queries, judged or not.</summary>
    public IReadOnlyList<CollectionQuery> Queries { get; }

    public static GoldenCollection Read(string folder, CancellationToken cancellation)
    {
        if (!BrightFolder.Is(folder))
        {
            var beir = new BeirFolder(folder);
            return new(Documents(beir.ReadDocumentsAsync(cancellation)), List(beir.ReadQueriesAsync(cancellation)), beir, null);
        }
        var bright = new BrightFolder(folder);
        var examples = List(bright.ReadExamplesAsync(cancellation: cancellation));
        var gold = new Judgments();
        foreach (var judgment in examples.SelectMany(example => example.Judgments))
            gold.Add(judgment.QueryId, judgment.DocumentId, judgment.Grade);
        return new(Documents(bright.ReadDocumentsAsync(cancellation)), [.. examples.Select(example => example.Query)], null, gold);

        List<(string, string)> Documents(IAsyncEnumerable<CollectionDocument> items) =>
            List(items.Select(document => (document.Id, document.IndexText)));

        List<T> List<T>(IAsyncEnumerable<T> items) => items.ToListAsync(cancellation).AsTask().GetAwaiter().GetResult();
    }

    /// <param name="split">One of BEIR's; null for BRIGHT, which has one.</param>
    public Judgments Judgments(string? split, CancellationToken cancellation)
    {
        if (beir is null)
            return gold!;
        var judgments = new Judgments();
        foreach (var (query, document, grade) in beir.ReadJudgmentsAsync(split ?? "test", cancellation).ToBlockingEnumerable(cancellation))
            judgments.Add(query, document, grade);
        return judgments;
    }
}
