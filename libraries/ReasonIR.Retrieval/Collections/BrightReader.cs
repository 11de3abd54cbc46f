namespace ReasonIR.Retrieval.Collections;

/// <summary>
/// BRIGHT's files as streams of JSON lines: <c>documents</c> (id, content) and <c>examples</c> (query, id, excluded_ids, gold_ids,
/// reasoning …). "N/A" stands for none. Plain or gzip. Streams stay open.
/// </summary>
public static class BrightReader
{
    static readonly string[] kept = ["reasoning", "gold_answer"];

    /// <param name="name">What errors call the stream.</param>
    /// <exception cref="CollectionFormatException">While enumerating: a line is not what it should be.</exception>
    public static IAsyncEnumerable<CollectionDocument> ReadDocumentsAsync(
        Stream stream, string name, CollectionLimits? limits = null, CancellationToken cancellation = default) =>
        JsonLine.ReadAsync(stream, name, limits, line => new CollectionDocument(line.Id("id"), "", line.Text("content")), cancellation);

    /// <param name="goldField"><c>gold_ids</c>, or <c>gold_ids_long</c> for the long documents.</param>
    /// <inheritdoc cref="ReadDocumentsAsync"/>
    public static IAsyncEnumerable<CollectionExample> ReadExamplesAsync(
        Stream stream, string name, string goldField = "gold_ids", CollectionLimits? limits = null, CancellationToken cancellation = default) =>
        JsonLine.ReadAsync(stream, name, limits, line =>
        {
            var query = new CollectionQuery(line.Id("id"), line.Text("query"), line.OptionalIds("excluded_ids"), line.Select(kept));
            // A gold document listed twice is judged once.
            return new CollectionExample(query, [.. line.OptionalIds(goldField).Distinct().Select(id => new Judgment(query.Id, id, 1))]);
        }, cancellation);
}

/// <summary>A query together with its judgments.</summary>
public sealed record CollectionExample(CollectionQuery Query, IReadOnlyList<Judgment> Judgments);

/// <summary>A folder with BRIGHT's <c>documents.jsonl</c> and <c>examples.jsonl</c>, each plain or <c>.gz</c>.</summary>
public sealed class BrightFolder(string folder, CollectionLimits? limits = null)
{
    readonly string documents = Find(folder, "documents.jsonl");
    readonly string examples = Find(folder, "examples.jsonl");

    /// <summary>Whether a folder looks like one of BRIGHT's.</summary>
    public static bool Is(string folder) =>
        CollectionFiles.Find(folder, "documents.jsonl") is not null && CollectionFiles.Find(folder, "examples.jsonl") is not null;

    public IAsyncEnumerable<CollectionDocument> ReadDocumentsAsync(CancellationToken cancellation = default) =>
        CollectionFiles.ReadAsync(documents, (stream, name) => BrightReader.ReadDocumentsAsync(stream, name, limits, cancellation), cancellation);

    /// <inheritdoc cref="BrightReader.ReadExamplesAsync"/>
    public IAsyncEnumerable<CollectionExample> ReadExamplesAsync(string goldField = "gold_ids", CancellationToken cancellation = default) =>
        CollectionFiles.ReadAsync(
            examples, (stream, name) => BrightReader.ReadExamplesAsync(stream, name, goldField, limits, cancellation), cancellation);

    static string Find(string folder, string file) => CollectionFiles.Find(folder, file)
        ?? throw new CollectionFormatException(folder, 0, null, $"expected a BRIGHT folder with a file {file} or {file}.gz.");
}
