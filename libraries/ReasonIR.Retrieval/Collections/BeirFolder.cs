using System.Runtime.CompilerServices;

namespace ReasonIR.Retrieval.Collections;

/// <summary>A folder laid out as BEIR does: <c>corpus.jsonl</c>, <c>queries.jsonl</c>, <c>qrels/SPLIT.tsv</c>, each plain or <c>.gz</c>.</summary>
public sealed class BeirFolder
{
    readonly string folder;
    readonly CollectionLimits limits;

    /// <exception cref="CollectionFormatException">The folder has no corpus.</exception>
    public BeirFolder(string folder, CollectionLimits? limits = null)
    {
        this.folder = folder;
        this.limits = limits ?? CollectionLimits.Default;
        CorpusPath = CollectionFiles.Find(folder, "corpus.jsonl")
            ?? throw new CollectionFormatException(folder, 0, null, "expected a BEIR folder with a file corpus.jsonl or corpus.jsonl.gz.");
        QueriesPath = CollectionFiles.Find(folder, "queries.jsonl");
        var qrels = Path.Combine(folder, "qrels");
        Splits = Directory.Exists(qrels)
            ? [.. Directory.EnumerateFiles(qrels).Select(CollectionFiles.TsvName).OfType<string>().Distinct().Order(StringComparer.Ordinal)]
            : [];
    }

    public string CorpusPath { get; }

    /// <summary>Null where there are no queries.</summary>
    public string? QueriesPath { get; }

    /// <summary>The names of the judgments: <c>test</c>, <c>train</c> …</summary>
    public IReadOnlyList<string> Splits { get; }

    /// <summary>Whether a folder looks like one of BEIR's.</summary>
    public static bool Is(string folder) => CollectionFiles.Find(folder, "corpus.jsonl") is not null;

    public IAsyncEnumerable<CollectionDocument> ReadDocumentsAsync(CancellationToken cancellation = default) =>
        CollectionFiles.ReadAsync(CorpusPath, (stream, name) => BeirReader.ReadDocumentsAsync(stream, name, limits, cancellation), cancellation);

    /// <summary>All queries, judged or not; none where the folder has none.</summary>
    public IAsyncEnumerable<CollectionQuery> ReadQueriesAsync(CancellationToken cancellation = default) => QueriesPath is null
        ? AsyncEnumerable.Empty<CollectionQuery>()
        : CollectionFiles.ReadAsync(QueriesPath, (stream, name) => BeirReader.ReadQueriesAsync(stream, name, limits, cancellation), cancellation);

    /// <param name="split">One of <see cref="Splits"/>.</param>
    /// <param name="cancellation">Cancels.</param>
    /// <exception cref="CollectionFormatException">There is no such split.</exception>
    public IAsyncEnumerable<Judgment> ReadJudgmentsAsync(string split, CancellationToken cancellation = default) => ReadJudgmentsAsync(split, null, cancellation);

    /// <param name="queries">The queries that may be judged; null: any.</param>
    /// <inheritdoc cref="ReadJudgmentsAsync(string, CancellationToken)"/>
    public IAsyncEnumerable<Judgment> ReadJudgmentsAsync(string split, IReadOnlySet<string>? queries, CancellationToken cancellation = default) =>
        Splits.Contains(split) && CollectionFiles.Find(Path.Combine(folder, "qrels"), split + ".tsv") is { } path
            ? CollectionFiles.ReadAsync(path, (stream, name) => BeirReader.ReadJudgmentsAsync(stream, name, limits, queries, cancellation), cancellation)
            : throw new CollectionFormatException(folder, 0, null, $"has no judgments '{split}'; it has {(Splits.Count == 0 ? "none" : string.Join(", ", Splits))}.");
}

/// <summary>Opens the files of a collection's folder.</summary>
static class CollectionFiles
{
    /// <summary>The path of a file, plain or with <c>.gz</c>, or null.</summary>
    public static string? Find(string folder, string file) =>
        new[] { file, file + ".gz" }.Select(name => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    public static string? TsvName(string path)
    {
        var name = Path.GetFileName(path);
        if (name.EndsWith(".gz", StringComparison.Ordinal))
            name = name[..^3];
        return name.EndsWith(".tsv", StringComparison.Ordinal) && name.Length > 4 ? name[..^4] : null;
    }

    public static FileStream Open(string path) =>
        new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1, FileOptions.Asynchronous | FileOptions.SequentialScan);

    public static async IAsyncEnumerable<T> ReadAsync<T>(
        string path, Func<Stream, string, IAsyncEnumerable<T>> read, [EnumeratorCancellation] CancellationToken cancellation)
    {
        await using var file = Open(path);
        await foreach (var item in read(file, path).WithCancellation(cancellation))
            yield return item;
    }
}
