using System.Buffers.Text;
using System.Runtime.CompilerServices;
using System.Text;

namespace ReasonIR.Retrieval.Collections;

/// <summary>
/// The three files of a BEIR collection, as streams: <c>corpus.jsonl</c> (_id, title, text, metadata), <c>queries.jsonl</c> (_id,
/// text, metadata, and excluded_ids where a collection has exclusions) and <c>qrels/*.tsv</c> (query-id, corpus-id, score, with a
/// header). Plain or gzip. Streams stay open.
/// </summary>
public static class BeirReader
{
    /// <param name="name">What errors call the stream.</param>
    /// <exception cref="CollectionFormatException">While enumerating: a line is not what it should be.</exception>
    public static IAsyncEnumerable<CollectionDocument> ReadDocumentsAsync(
        Stream stream, string name, CollectionLimits? limits = null, CancellationToken cancellation = default) =>
        JsonLine.ReadAsync(stream, name, limits, line => new CollectionDocument(
            line.Id("_id"), line.OptionalText("title"), line.Text("text"), line.OptionalObject("metadata")), cancellation);

    /// <inheritdoc cref="ReadDocumentsAsync"/>
    public static IAsyncEnumerable<CollectionQuery> ReadQueriesAsync(
        Stream stream, string name, CollectionLimits? limits = null, CancellationToken cancellation = default) =>
        JsonLine.ReadAsync(stream, name, limits, line => new CollectionQuery(
            line.Id("_id"), line.Text("text"), line.OptionalIds("excluded_ids"), line.OptionalObject("metadata")), cancellation);

    /// <param name="queries">Where given: the queries that may be judged.</param>
    /// <exception cref="CollectionFormatException">While enumerating: a line is not what it should be, judges an unknown query, or a document twice.</exception>
    /// <inheritdoc cref="ReadDocumentsAsync"/>
    public static async IAsyncEnumerable<Judgment> ReadJudgmentsAsync(
        Stream stream, string name, CollectionLimits? limits = null, IReadOnlySet<string>? queries = null,
        [EnumeratorCancellation] CancellationToken cancellation = default)
    {
        limits ??= CollectionLimits.Default;
        await using var reader = new LineReader(stream, name, limits);
        var judged = new HashSet<(string, string)>();
        while (await reader.NextAsync(cancellation))
            if (Parse(reader, limits) is { } judgment)
            {
                if (queries?.Contains(judgment.QueryId) == false)
                    throw reader.Wrong($"query '{judgment.QueryId}' is not among the queries.", "query-id");
                if (!judged.Add((judgment.QueryId, judgment.DocumentId)))
                    throw reader.Wrong($"query '{judgment.QueryId}': document '{judgment.DocumentId}' is judged twice.", "corpus-id");
                yield return judgment;
            }
    }

    static Judgment? Parse(LineReader reader, CollectionLimits limits)
    {
        var line = reader.Line.Span;
        if (line is [.., (byte)'\r'])
            line = line[..^1];
        Span<Range> columns = stackalloc Range[4];
        var count = 0;
        foreach (var column in line.Split((byte)'\t'))
        {
            if (count < columns.Length)
                columns[count] = column;
            count++;
        }
        if (count != 3)
            throw reader.Wrong($"expected 3 columns with tabs between (query-id, corpus-id, score), found {count}.");
        var grade = line[columns[2]];
        if (!Utf8Parser.TryParse(grade, out int value, out var used) || used != grade.Length)
            // The header, whatever its names.
            return reader.Number == 1 ? null : throw reader.Wrong($"expected an integer, found \"{Encoding.UTF8.GetString(grade)}\".", "score");
        return new(Id(line[columns[0]], "query-id"), Id(line[columns[1]], "corpus-id"), value);

        string Id(ReadOnlySpan<byte> bytes, string field)
        {
            var id = Encoding.UTF8.GetString(bytes);
            return limits.IdProblem(id) is { } problem ? throw reader.Wrong(problem, field) : id;
        }
    }
}
