using System.Globalization;

namespace ReasonIR.Retrieval.Collections;

/// <summary>JSON lines with chosen fields. Plain or gzip. Streams stay open.</summary>
public static class JsonLinesReader
{
    /// <param name="name">What errors call the stream.</param>
    /// <exception cref="CollectionFormatException">While enumerating: a line is not what it should be.</exception>
    public static IAsyncEnumerable<CollectionDocument> ReadDocumentsAsync(
        Stream stream, string name, CollectionColumns columns, CollectionLimits? limits = null, CancellationToken cancellation = default)
    {
        long number = 0;
        return JsonLine.ReadAsync(stream, name, limits, line => new CollectionDocument(
            Id(line, columns, ++number),
            columns.Title is null ? "" : line.OptionalText(columns.Title),
            line.Text(columns.Text),
            columns.Metadata is null ? null : line.Select(columns.Metadata)), cancellation);
    }

    /// <inheritdoc cref="ReadDocumentsAsync"/>
    public static IAsyncEnumerable<CollectionQuery> ReadQueriesAsync(
        Stream stream, string name, CollectionColumns columns, CollectionLimits? limits = null, CancellationToken cancellation = default)
    {
        long number = 0;
        return JsonLine.ReadAsync(stream, name, limits, line => new CollectionQuery(
            Id(line, columns, ++number),
            line.Text(columns.Text),
            columns.Excluded is null ? [] : line.OptionalIds(columns.Excluded),
            columns.Metadata is null ? null : line.Select(columns.Metadata)), cancellation);
    }

    static string Id(JsonLine line, CollectionColumns columns, long number) =>
        columns.Id is null ? number.ToString(CultureInfo.InvariantCulture) : line.Id(columns.Id);
}
