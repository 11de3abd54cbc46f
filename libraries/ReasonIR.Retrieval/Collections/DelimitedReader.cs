using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace ReasonIR.Retrieval.Collections;

/// <summary>CSV and TSV with chosen columns. Plain or gzip. Streams stay open.</summary>
public static class DelimitedReader
{
    const int ShownColumns = 20;

    /// <param name="name">What errors call the stream.</param>
    /// <exception cref="CollectionFormatException">While enumerating: a record is not what it should be, a column is missing.</exception>
    public static IAsyncEnumerable<CollectionDocument> ReadDocumentsAsync(
        Stream stream, string name, DelimitedFormat format, CollectionColumns columns, CollectionLimits? limits = null,
        CancellationToken cancellation = default) =>
        ReadAsync(stream, name, format, columns, limits, (table, row, number) => new CollectionDocument(
            table.Id(row, number), table.Title < 0 ? "" : row[table.Title], row[table.Text], table.MetadataOf(row)), cancellation);

    /// <inheritdoc cref="ReadDocumentsAsync"/>
    public static IAsyncEnumerable<CollectionQuery> ReadQueriesAsync(
        Stream stream, string name, DelimitedFormat format, CollectionColumns columns, CollectionLimits? limits = null,
        CancellationToken cancellation = default) =>
        ReadAsync(stream, name, format, columns, limits, (table, row, number) => new CollectionQuery(
            table.Id(row, number), row[table.Text], [], table.MetadataOf(row)), cancellation);

    static async IAsyncEnumerable<T> ReadAsync<T>(
        Stream stream, string name, DelimitedFormat format, CollectionColumns columns, CollectionLimits? limits,
        Func<Table, IReadOnlyList<string>, long, T> map, [EnumeratorCancellation] CancellationToken cancellation)
    {
        limits ??= CollectionLimits.Default;
        await using var records = new DelimitedRecords(stream, name, format, limits);
        Table? table = null;
        long number = 0;
        while (await records.NextAsync(cancellation) is { } row)
        {
            if (table is null)
            {
                table = new(records, columns, format.Header ? [.. row] : [.. Enumerable.Range(1, row.Count).Select(Number)], limits);
                if (format.Header)
                    continue;
            }
            if (row.Count != table.Columns)
                throw records.Wrong($"expected {table.Columns} columns, found {row.Count}.");
            yield return map(table, row, ++number);
        }
    }

    static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);

    /// <summary>Where the chosen columns stand.</summary>
    sealed class Table
    {
        readonly DelimitedRecords records;
        readonly CollectionLimits limits;
        readonly string[] names;
        readonly int id;
        readonly int[] metadata;

        public Table(DelimitedRecords records, CollectionColumns columns, string[] names, CollectionLimits limits)
        {
            (this.records, this.names, this.limits) = (records, names, limits);
            Text = Find(columns.Text);
            id = columns.Id is null ? -1 : Find(columns.Id);
            Title = columns.Title is null ? -1 : Find(columns.Title);
            if (columns.Excluded is not null)
                throw new ArgumentException("A table has no column of excluded ids; JSON lines have.", nameof(columns));
            metadata = [.. (columns.Metadata ?? []).Select(Find)];
        }

        public int Columns => names.Length;

        public int Text { get; }

        public int Title { get; }

        public string Id(IReadOnlyList<string> row, long number)
        {
            if (id < 0)
                return number.ToString(CultureInfo.InvariantCulture);
            return limits.IdProblem(row[id]) is { } problem ? throw records.Wrong(problem, names[id]) : row[id];
        }

        public string? MetadataOf(IReadOnlyList<string> row) => metadata.Length == 0
            ? null
            : JsonSerializer.Serialize(metadata.ToDictionary(column => names[column], column => row[column]));

        int Find(string column)
        {
            var place = Array.IndexOf(names, column);
            if (place < 0)
                throw records.Wrong($"is missing; the table has {string.Join(", ", names.Take(ShownColumns))}.", column);
            return Array.LastIndexOf(names, column) == place ? place : throw records.Wrong("stands twice in the header.", column);
        }
    }
}
