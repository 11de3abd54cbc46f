using System.Globalization;
using System.Text;
using ReasonIR.Retrieval.Ranking;

namespace ReasonIR.Retrieval.Runs;

/// <summary>
/// TREC runs: <c>query Q0 document rank score name</c>, separated by white space, gzip or not. As trec_eval does, the
/// reader ignores the second column, the rank and the order of lines: the scores alone make the ranking.
/// </summary>
public static class TrecRun
{
    /// <summary>Reads a file.</summary>
    /// <exception cref="DataFileException">
    /// Fewer than six columns (what follows them is ignored), a score that is no finite number (trec_eval would read 0), a document twice for a query.
    /// </exception>
    public static async Task<Run> ReadAsync(string path, ReadLimits? limits = null, CancellationToken cancellation = default)
    {
        var parser = new Parser(path);
        await DataLines.ReadAsync(path, limits ?? ReadLimits.Rankings, parser.Handle, cancellation);
        return parser.Result;
    }

    /// <summary>Reads a stream, which is left open.</summary>
    /// <param name="name">What errors call the stream.</param>
    public static async Task<Run> ReadAsync(
        Stream stream, string name, ReadLimits? limits = null, CancellationToken cancellation = default)
    {
        var parser = new Parser(name);
        await DataLines.ReadAsync(stream, name, limits ?? ReadLimits.Rankings, parser.Handle, cancellation);
        return parser.Result;
    }

    /// <summary>
    /// Writes a file under a temporary name, then renames it; gzip where the name ends in <c>.gz</c>. Documents stand in
    /// trec_eval's order, scores with as many digits as give them back exactly.
    /// </summary>
    public static Task WriteAsync(string path, Run run, CancellationToken cancellation = default) =>
        ReplacedFile.WriteAsync(path, async writer =>
        {
            var name = Columns.Fits(run.Name) ? run.Name : throw new FormatException($"run name \"{run.Name}\": expected a word");
            var line = new StringBuilder();
            foreach (var (query, documents) in run)
            {
                var rank = 0;
                foreach (var (document, score) in documents.Order(DocumentOrder.TrecEval))
                {
                    if (!Columns.Fits(query) || !Columns.Fits(document))
                        throw new FormatException($"query \"{query}\", document \"{document}\": a TREC file cannot hold white space or nothing as an id");
                    line.Clear().Append(CultureInfo.InvariantCulture, $"{query} Q0 {document} {++rank} {score:R} {name}\n");
                    await writer.WriteAsync(line, cancellation);
                }
            }
        }, cancellation);

    sealed class Parser(string file)
    {
        readonly Dictionary<string, HashSet<string>> _seen = new(StringComparer.Ordinal);
        Run? _run;
        byte[] _queryBytes = [];
        string _query = "";
        HashSet<string> _seenOfQuery = [];

        public Run Result => _run ?? new Run(Path.GetFileName(file));

        public void Handle(ReadOnlySpan<byte> line, int number)
        {
            Span<Range> columns = stackalloc Range[6];
            var count = Columns.Split(line, columns);
            if (count == 0)
                return;
            if (count < 6)
                throw new DataFileException(file, number,
                    $"expected at least 6 columns (query Q0 document rank score name), found {count}");
            if (!double.TryParse(line[columns[4]], NumberStyles.Float, CultureInfo.InvariantCulture, out var score)
                || !double.IsFinite(score))
                throw new DataFileException(file, number,
                    $"expected a finite number as score, found \"{Columns.Text(line[columns[4]], file, number)}\"");
            _run ??= new Run(Columns.Text(line[columns[5]], file, number));
            var query = line[columns[0]];
            if (_queryBytes.Length == 0 || !query.SequenceEqual(_queryBytes))
            {
                (_queryBytes, _query) = (query.ToArray(), Columns.Text(query, file, number));
                if (!_seen.TryGetValue(_query, out var seen))
                    _seen.Add(_query, seen = new(StringComparer.Ordinal));
                _seenOfQuery = seen;
            }
            var document = Columns.Text(line[columns[2]], file, number);
            if (!_seenOfQuery.Add(document))
                throw new DataFileException(file, number, $"query {_query}: document {document} stands twice");
            _run.Add(_query, document, score);
        }
    }
}
