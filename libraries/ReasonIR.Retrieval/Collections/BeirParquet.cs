namespace ReasonIR.Retrieval.Collections;

/// <summary>
/// A BEIR collection as it lies on the hub: <c>corpus</c> and <c>queries</c> (_id, title, text) as Parquet; judgments as Parquet in a
/// configuration with query-id, corpus-id and score, or as <c>SPLIT.tsv</c>, which BEIR keeps in a repository of their own.
/// </summary>
public sealed class BeirParquet(string folder, CollectionLimits? limits = null)
{
    static readonly string[] judgmentConfigurations = ["default", "qrels"];

    readonly HubLayout layout = new(folder);

    /// <summary>Whether a folder is laid out so.</summary>
    public static bool Is(string folder) => new HubLayout(folder) is var layout && layout.Splits("corpus").Count > 0 && layout.Splits("queries").Count > 0;

    /// <summary>The splits that are judged.</summary>
    public IReadOnlyList<string> Splits => [.. judgmentConfigurations.SelectMany(layout.Splits).Concat(Tables().Select(table => table.Split)).Distinct().Order(StringComparer.Ordinal)];

    public IEnumerable<CollectionDocument> ReadDocuments()
    {
        foreach (var path in Files("corpus"))
        {
            using var records = new ParquetRecords(path, limits);
            var (id, title, text) = (records.Require("_id"), records.Optional("title"), records.Require("text"));
            foreach (var document in records.Read(row => new CollectionDocument(row.Id(id), row.Text(title), row.Text(text))))
                yield return document;
        }
    }

    public IEnumerable<CollectionQuery> ReadQueries()
    {
        foreach (var path in Files("queries"))
        {
            using var records = new ParquetRecords(path, limits);
            var (id, text) = (records.Require("_id"), records.Require("text"));
            foreach (var query in records.Read(row => new CollectionQuery(row.Id(id), row.Text(text), [])))
                yield return query;
        }
    }

    /// <param name="queries">The queries that may be judged.</param>
    public async IAsyncEnumerable<Judgment> ReadJudgmentsAsync(string split, IReadOnlySet<string> queries)
    {
        foreach (var path in judgmentConfigurations.SelectMany(name => layout.Files(name, split)))
        {
            using var records = new ParquetRecords(path, limits);
            var (query, document, score) = (records.Require("query-id"), records.Require("corpus-id"), records.Require("score"));
            foreach (var judgment in records.Read(row => new Judgment(row.Id(query), row.Id(document), row.Grade(score))))
                yield return queries.Contains(judgment.QueryId) ? judgment
                    : throw new CollectionFormatException(path, 0, "query-id", $"query '{judgment.QueryId}' is not among the queries.");
        }
        foreach (var (_, path) in Tables().Where(table => table.Split == split))
        {
            await using var file = CollectionFiles.Open(path);
            await foreach (var judgment in BeirReader.ReadJudgmentsAsync(file, path, limits, queries))
                yield return judgment;
        }
    }

    IEnumerable<string> Files(string configuration) => layout.Splits(configuration).SelectMany(split => layout.Files(configuration, split));

    IEnumerable<(string Split, string Path)> Tables() => Directory.EnumerateFiles(folder, "*", SearchOption.AllDirectories)
        .Select(path => (Split: CollectionFiles.TsvName(path), path)).Where(table => table.Split is not null).Select(table => (table.Split!, table.path));
}
