using System.Globalization;

namespace ReasonIR.Retrieval.Runs;

/// <summary>BEIR's judgments: three tab-separated columns <c>query-id corpus-id score</c>, with or without that header.</summary>
public static class BeirQrels
{
    /// <summary>Reads a file, gzip or not.</summary>
    /// <exception cref="DataFileException">Not three columns, a grade that is no whole number, a document judged twice.</exception>
    public static async Task<Judgments> ReadAsync(
        string path, ReadLimits? limits = null, CancellationToken cancellation = default)
    {
        var judgments = new Judgments();
        await DataLines.ReadAsync(path, limits ?? ReadLimits.Rankings, (line, number) =>
        {
            line = line.TrimEnd((byte)'\r');
            if (line.IsEmpty)
                return;
            Span<Range> columns = stackalloc Range[4];
            var count = 0;
            foreach (var column in line.Split((byte)'\t'))
                if (count++ < columns.Length)
                    columns[count - 1] = column;
            if (count != 3)
                throw new DataFileException(path, number, $"expected 3 tab-separated columns (query-id corpus-id score), found {count}");
            var query = Columns.Text(line[columns[0]], path, number);
            var document = Columns.Text(line[columns[1]], path, number);
            var grade = line[columns[2]];
            // Some collections write whole grades as 1.0.
            if (!double.TryParse(grade, NumberStyles.Float, CultureInfo.InvariantCulture, out var value))
            {
                if (number == 1)
                    return;
                throw new DataFileException(path, number, $"expected a whole number as score, found \"{Columns.Text(grade, path, number)}\"");
            }
            if (value != Math.Floor(value) || Math.Abs(value) > int.MaxValue)
                throw new DataFileException(path, number, $"expected a whole number as score, found \"{Columns.Text(grade, path, number)}\"");
            if (query.Length == 0 || document.Length == 0)
                throw new DataFileException(path, number, "an id is empty");
            if (!judgments.TryAdd(query, document, (int)value))
                throw new DataFileException(path, number, $"query {query}: document {document} is judged twice");
        }, cancellation);
        return judgments;
    }
}
