using System.Runtime.CompilerServices;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Retrieval.Collections;

namespace ReasonIR.Search.Importing;

/// <summary>The uploaded files read as a collection of one of the known formats.</summary>
/// <param name="format">The format's name.</param>
/// <param name="documents">Streams the documents.</param>
/// <param name="querySets">Streams the query sets, each with all its queries.</param>
public sealed class UploadedCollection(
    string format,
    Func<CancellationToken, IAsyncEnumerable<CollectionDocument>> documents,
    Func<CancellationToken, IAsyncEnumerable<(string Name, IReadOnlyList<QueryInput> Queries)>>? querySets = null)
{
    /// <summary>The format's name.</summary>
    public string Format => format;

    /// <summary>The documents in the files' order.</summary>
    public IAsyncEnumerable<CollectionDocument> DocumentsAsync(CancellationToken ct) => documents(ct);

    /// <summary>The query sets; none where the format has none.</summary>
    public IAsyncEnumerable<(string Name, IReadOnlyList<QueryInput> Queries)> QuerySetsAsync(CancellationToken ct) =>
        querySets?.Invoke(ct) ?? AsyncEnumerable.Empty<(string, IReadOnlyList<QueryInput>)>();

    /// <summary>Opens the upload in the format that the spec names, or that its files show.</summary>
    /// <exception cref="ArgumentException">The files are of no known format; the message lists those there are.</exception>
    public static UploadedCollection Open(string folder, ImportSpec spec)
    {
        var format = spec.Format == "auto" ? Detect(folder) : spec.Format;
        var columns = spec.Columns is { } named ? new CollectionColumns(named.Text, named.Id, named.Title) : new CollectionColumns("text", "id");
        return format switch
        {
            "beir" => Beir(new BeirFolder(folder)),
            "bright" => Bright(new BrightFolder(folder)),
            "beir-parquet" => Beir(new BeirParquet(folder)),
            "bright-parquet" => Bright(new BrightParquet(folder, spec.Task, spec.Long)),
            "jsonl" => new(format, ct => FilesAsync(folder, [".jsonl", ".jsonl.gz"], (stream, name) => JsonLinesReader.ReadDocumentsAsync(stream, name, columns, cancellation: ct), ct)),
            "csv" => new(format, ct => FilesAsync(folder, [".csv", ".csv.gz"], (stream, name) => DelimitedReader.ReadDocumentsAsync(stream, name, DelimitedFormat.Csv, columns, cancellation: ct), ct)),
            "tsv" => new(format, ct => FilesAsync(folder, [".tsv", ".tsv.gz"], (stream, name) => DelimitedReader.ReadDocumentsAsync(stream, name, DelimitedFormat.Tsv, columns, cancellation: ct), ct)),
            "folder" => new(format, ct => new TextFolder(folder).ReadDocumentsAsync(ct)),
            _ => throw new ArgumentException($"format: '{format}' is unknown."),
        };
    }

    static string Detect(string folder)
    {
        if (BeirFolder.Is(folder))
            return "beir";
        if (BrightFolder.Is(folder))
            return "bright";
        if (BrightParquet.Is(folder))
            return "bright-parquet";
        if (BeirParquet.Is(folder))
            return "beir-parquet";
        var names = Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Select(path => Path.GetFileName(path).ToLowerInvariant()).ToList();
        foreach (var format in new[] { "jsonl", "csv", "tsv" })
            if (names.Exists(name => name.EndsWith($".{format}") || name.EndsWith($".{format}.gz")))
                return format;
        return names.Exists(name => name.EndsWith(".txt") || name.EndsWith(".md"))
            ? "folder"
            : throw new ArgumentException("format: expected corpus.jsonl (BEIR), documents.jsonl with examples.jsonl (BRIGHT), either as Parquet in the hub's folders, .jsonl, .csv, .tsv, .txt or .md files; "
                + $"found {(names.Count == 0 ? "no file" : string.Join(", ", names.Take(5)))}.");
    }

    static async IAsyncEnumerable<CollectionDocument> FilesAsync(
        string folder, string[] endings, Func<Stream, string, IAsyncEnumerable<CollectionDocument>> read,
        [EnumeratorCancellation] CancellationToken ct)
    {
        var found = false;
        foreach (var path in Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .Where(path => endings.Any(ending => path.EndsWith(ending, StringComparison.OrdinalIgnoreCase))))
        {
            found = true;
            await using var file = File.OpenRead(path);
            await foreach (var document in read(file, path).WithCancellation(ct))
                yield return document;
        }
        if (!found)
            throw new ArgumentException($"format: the upload holds no file that ends in {string.Join(" or ", endings)}.");
    }

    static UploadedCollection Beir(BeirFolder folder) => new("beir", folder.ReadDocumentsAsync, ct => BeirQueriesAsync(folder, ct));

    static async IAsyncEnumerable<(string, IReadOnlyList<QueryInput>)> BeirQueriesAsync(
        BeirFolder folder, [EnumeratorCancellation] CancellationToken ct)
    {
        var queries = await folder.ReadQueriesAsync(ct).ToListAsync(ct);
        var known = queries.Select(query => query.Id).ToHashSet(StringComparer.Ordinal);
        await foreach (var set in JudgedAsync(queries, folder.Splits, split => folder.ReadJudgmentsAsync(split, known, ct)))
            yield return set;
    }

    static UploadedCollection Beir(BeirParquet files) => new("beir-parquet", _ => files.ReadDocuments().ToAsyncEnumerable(), _ =>
    {
        var queries = files.ReadQueries().ToList();
        var known = queries.Select(query => query.Id).ToHashSet(StringComparer.Ordinal);
        return JudgedAsync(queries, files.Splits, split => files.ReadJudgmentsAsync(split, known));
    });

    static async IAsyncEnumerable<(string, IReadOnlyList<QueryInput>)> JudgedAsync(
        List<CollectionQuery> queries, IReadOnlyList<string> splits, Func<string, IAsyncEnumerable<Retrieval.Collections.Judgment>> read)
    {
        if (queries.Count == 0)
            yield break;
        foreach (var split in splits)
        {
            var grades = new Dictionary<string, Dictionary<string, int>>(StringComparer.Ordinal);
            await foreach (var judgment in read(split))
            {
                if (!grades.TryGetValue(judgment.QueryId, out var documents))
                    grades.Add(judgment.QueryId, documents = new(StringComparer.Ordinal));
                documents[judgment.DocumentId] = judgment.Grade;
            }
            yield return (split, [.. queries.Where(query => grades.ContainsKey(query.Id)).Select(query => Input(query, grades[query.Id]))]);
        }
        if (splits.Count == 0)
            yield return ("queries", [.. queries.Select(query => Input(query, new Dictionary<string, int>()))]);
    }

    static UploadedCollection Bright(BrightParquet task) => new("bright-parquet", _ => task.ReadDocuments().ToAsyncEnumerable(), _ =>
        task.QuerySets.Select(set => (set, (IReadOnlyList<QueryInput>)[.. task.ReadExamples(set).Select(Input)])).ToAsyncEnumerable());

    static UploadedCollection Bright(BrightFolder folder) => new("bright", folder.ReadDocumentsAsync, ct => BrightQueriesAsync(folder, ct));

    static async IAsyncEnumerable<(string, IReadOnlyList<QueryInput>)> BrightQueriesAsync(
        BrightFolder folder, [EnumeratorCancellation] CancellationToken ct)
    {
        var queries = new List<QueryInput>();
        await foreach (var example in folder.ReadExamplesAsync(cancellation: ct))
            queries.Add(Input(example));
        yield return ("test", queries);
    }

    static QueryInput Input(CollectionExample example) =>
        Input(example.Query, example.Judgments.ToDictionary(judgment => judgment.DocumentId, judgment => judgment.Grade));

    static QueryInput Input(CollectionQuery query, IReadOnlyDictionary<string, int> grades) => new(query.Id, query.Text, grades, [.. query.ExcludedIds], query.MetadataJson);
}
