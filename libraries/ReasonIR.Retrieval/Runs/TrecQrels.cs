using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace ReasonIR.Retrieval.Runs;

/// <summary>
/// TREC judgments: <c>query 0 document grade</c>, separated by white space, gzip or not. The second column is ignored.
/// </summary>
public static class TrecQrels
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="DataFileException">Not four columns, a grade that is no integer, a document judged twice.</exception>
    public static async Task<Judgments> ReadAsync(
        string path, ReadLimits? limits = null, CancellationToken cancellation = default)
    {
        var judgments = new Judgments();
        await DataLines.ReadAsync(path, limits ?? ReadLimits.Rankings, Parser(path, judgments), cancellation);
        return judgments;
    }

    /// <summary>Reads a stream, which is left open.</summary>
    /// <param name="name">What errors call the stream.</param>
    public static async Task<Judgments> ReadAsync(
        Stream stream, string name, ReadLimits? limits = null, CancellationToken cancellation = default)
    {
        var judgments = new Judgments();
        await DataLines.ReadAsync(stream, name, limits ?? ReadLimits.Rankings, Parser(name, judgments), cancellation);
        return judgments;
    }

    /// <summary>Writes a file under a temporary name, then renames it; gzip where the name ends in <c>.gz</c>.</summary>
    public static Task WriteAsync(string path, Judgments judgments, CancellationToken cancellation = default) =>
        ReplacedFile.WriteAsync(path, async writer =>
        {
            var line = new StringBuilder();
            foreach (var (query, grades) in judgments)
                foreach (var (document, grade) in grades)
                {
                    if (!Columns.Fits(query) || !Columns.Fits(document))
                        throw new FormatException($"query \"{query}\", document \"{document}\": a TREC file cannot hold white space or nothing as an id");
                    line.Clear().Append(CultureInfo.InvariantCulture, $"{query} 0 {document} {grade}\n");
                    await writer.WriteAsync(line, cancellation);
                }
        }, cancellation);

    static DataLines.Handler Parser(string file, Judgments judgments)
    {
        byte[] lastQueryBytes = [];
        var lastQuery = "";
        return (line, number) =>
        {
            Span<Range> columns = stackalloc Range[4];
            var count = Columns.Split(line, columns);
            if (count == 0)
                return;
            if (count != 4)
                throw new DataFileException(file, number, $"expected 4 columns (query 0 document grade), found {count}");
            var gradeText = line[columns[3]];
            if (gradeText is [(byte)'+', ..])
                gradeText = gradeText[1..];
            if (!Utf8Parser.TryParse(gradeText, out int grade, out var used) || used != gradeText.Length)
                throw new DataFileException(file, number,
                    $"expected an integer as grade, found \"{Columns.Text(line[columns[3]], file, number)}\"");
            var query = line[columns[0]];
            if (!query.SequenceEqual(lastQueryBytes))
                (lastQueryBytes, lastQuery) = (query.ToArray(), Columns.Text(query, file, number));
            var document = Columns.Text(line[columns[2]], file, number);
            if (!judgments.TryAdd(lastQuery, document, grade))
                throw new DataFileException(file, number, $"query {lastQuery}: document {document} is judged twice");
        };
    }
}
