using System.Globalization;

namespace ReasonIR.Contracts.Benchmarks;

/// <summary>A result that others report. It was not measured here: nothing vouches for its settings.</summary>
/// <param name="System">What its source calls it.</param>
/// <param name="Class"><c>retriever</c>, <c>hybrid</c>, <c>reranker</c>, <c>pipeline</c> …: what may be compared with what.</param>
/// <param name="Queries">Which queries it answered.</param>
/// <param name="Mean">Mean over the tasks, percent.</param>
/// <param name="Tasks">By task, percent; those that its source states.</param>
/// <param name="Source">Where it stands.</param>
public sealed record PublishedResult(string System, string Class, string Queries, double Mean, IReadOnlyDictionary<string, double> Tasks, string Source)
{
    /// <summary>From tab-separated columns with a header: system, class, queries, mean, one a task, source.</summary>
    /// <exception cref="FormatException">A line has other columns or a figure is none; the message names the line.</exception>
    public static IReadOnlyList<PublishedResult> Parse(string table, string file)
    {
        var lines = table.Split('\n').Select(line => line.TrimEnd('\r')).ToList();
        var header = lines[0].Split('\t');
        if (header is not ["system", "class", "queries", "mean", .., "source"])
            throw new FormatException($"{file}, line 1: expected the columns system, class, queries, mean, one a task, source.");
        return [.. lines.Index().Skip(1).Where(line => line.Item.Length > 0).Select(line =>
        {
            var cells = line.Item.Split('\t');
            if (cells.Length != header.Length)
                throw new FormatException($"{file}, line {line.Index + 1}: expected {header.Length} columns, found {cells.Length}.");
            double Figure(int column) => double.TryParse(cells[column], NumberStyles.Float, CultureInfo.InvariantCulture, out var value) ? value
                : throw new FormatException($"{file}, line {line.Index + 1}, column {header[column]}: expected a number, found '{cells[column]}'.");
            return new PublishedResult(cells[0], cells[1], cells[2], Figure(3),
                Enumerable.Range(4, header.Length - 5).Where(column => cells[column].Length > 0).ToDictionary(column => header[column], Figure), cells[^1]);
        })];
    }
}
