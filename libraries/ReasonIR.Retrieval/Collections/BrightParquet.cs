namespace ReasonIR.Retrieval.Collections;

/// <summary>
/// One task of BRIGHT, short or long, as it lies on the hub: <c>documents</c> or <c>long_documents</c> (id, content), <c>examples</c>
/// (query, id, excluded_ids, gold_ids, gold_ids_long, reasoning, gold_answer) and the rewritten sets, <c>gpt4_reason</c> and others,
/// which have the examples' columns. "N/A" stands for none; a gold document listed twice is judged once.
/// </summary>
public sealed class BrightParquet
{
    /// <summary>What the set of the original queries is called.</summary>
    public const string Original = "test";

    const string Examples = "examples";

    readonly HubLayout layout;
    readonly string folder, documents, gold;
    readonly CollectionLimits? limits;

    /// <param name="task">The task; null: the only one.</param>
    /// <param name="longDocuments">The long documents with their judgments.</param>
    /// <exception cref="CollectionFormatException">The folder does not hold the task; the message lists those it holds.</exception>
    public BrightParquet(string folder, string? task, bool longDocuments, CollectionLimits? limits = null)
    {
        (this.folder, this.limits, layout) = (folder, limits, new(folder));
        (documents, gold) = longDocuments ? ("long_documents", "gold_ids_long") : ("documents", "gold_ids");
        var tasks = layout.Splits(documents).Intersect(layout.Splits(Examples)).ToList();
        if (task is null ? tasks.Count != 1 : !tasks.Contains(task))
            throw new CollectionFormatException(folder, 0, null,
                $"expected {documents} and {Examples} of {(task is null ? "one task, or the task's name" : $"the task '{task}'")} as Parquet; found those of {(tasks.Count == 0 ? "none" : string.Join(", ", tasks))}.");
        Task = task ?? tasks[0];
    }

    public string Task { get; }

    /// <summary><c>test</c>, the original queries, then the rewritten sets that are there.</summary>
    public IReadOnlyList<string> QuerySets =>
        [Original, .. layout.Configurations.Where(name => name.EndsWith("_reason", StringComparison.Ordinal) && layout.Files(name, Task).Count > 0)];

    /// <summary>Whether a folder is laid out so.</summary>
    public static bool Is(string folder) => new HubLayout(folder) is var layout && layout.Splits(Examples).Count > 0
        && (layout.Splits("documents").Count > 0 || layout.Splits("long_documents").Count > 0);

    public IEnumerable<CollectionDocument> ReadDocuments()
    {
        foreach (var path in layout.Files(documents, Task))
        {
            using var records = new ParquetRecords(path, limits);
            var (id, content) = (records.Require("id"), records.Require("content"));
            foreach (var document in records.Read(row => new CollectionDocument(row.Id(id), "", row.Text(content))))
                yield return document;
        }
    }

    /// <param name="set">One of <see cref="QuerySets"/>.</param>
    /// <exception cref="CollectionFormatException">A file is broken, or a rewritten query has no original.</exception>
    public IEnumerable<CollectionExample> ReadExamples(string set)
    {
        var originals = ReadSet(Examples).ToList();
        if (set == Original)
            return originals;
        // The judgments are the original's, whatever a rewritten set repeats of them.
        var byId = originals.ToDictionary(example => example.Query.Id, StringComparer.Ordinal);
        return ReadSet(set).Select(example => byId.TryGetValue(example.Query.Id, out var original)
            ? new CollectionExample(original.Query with { Text = example.Query.Text, MetadataJson = null }, original.Judgments)
            : throw new CollectionFormatException($"{folder}/{set}", 0, "id", $"query '{example.Query.Id}' is not among the examples."));
    }

    IEnumerable<CollectionExample> ReadSet(string configuration)
    {
        foreach (var path in layout.Files(configuration, Task))
        {
            using var records = new ParquetRecords(path, limits);
            var (id, text, excluded, judged) = (records.Require("id"), records.Require("query"), records.Optional("excluded_ids"),
                configuration == Examples ? records.Require(gold) : records.Optional(gold));
            var (reasoning, answer) = (records.Optional("reasoning"), records.Optional("gold_answer"));
            foreach (var example in records.Read(row =>
            {
                var query = new CollectionQuery(row.Id(id), row.Text(text), row.Ids(excluded), row.Metadata(("reasoning", reasoning), ("gold_answer", answer)));
                return new CollectionExample(query, [.. row.Ids(judged).Distinct().Select(document => new Judgment(query.Id, document, 1))]);
            }))
                yield return example;
        }
    }
}
