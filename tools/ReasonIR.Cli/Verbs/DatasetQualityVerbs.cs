using System.CommandLine;
using System.Globalization;
using ReasonIR.Cli.Output;
using ReasonIR.Contracts.Datasets;
using Spectre.Console;

namespace ReasonIR.Cli.Verbs;

/// <summary><c>dataset report</c>, <c>dataset diff</c>, <c>dataset example</c>: how good a version is, what changed, where an example comes from.</summary>
public static class DatasetQualityVerbs
{
    /// <summary>The verbs.</summary>
    public static IEnumerable<Command> Create() => [Report(), Difference(), Example()];

    static Command Report()
    {
        var reference = DatasetVerbs.Reference();
        return new Command("report", "Lengths, difficulty, duplicates, judges' grades, contamination, costs and reviews of a version.") { reference }.Does(async (parse, session, ct) =>
            Printer.Print(parse, await session.Datasets.ReportAsync(await session.Datasets.FindAsync(parse.GetValue(reference), ct), ct), Show));
    }

    static Command Difference()
    {
        var (a, b) = (DatasetVerbs.Reference("a"), DatasetVerbs.Reference("b"));
        var change = new Option<string?>("--change") { Description = "added, removed or changed (default: all)." };
        var take = new Option<int>("--take") { Description = "How many examples, 1 to 200.", DefaultValueFactory = _ => 20 };
        return new Command("diff", "Examples that one version has and another has not.") { a, b, change, take }.Does(async (parse, session, ct) =>
            Printer.Print(parse, await session.Datasets.DifferenceAsync(parse.GetValue(a), parse.GetValue(b), parse.GetValue(change), 0, parse.GetValue(take), ct), difference =>
            {
                var table = Printer.Table("change", "#in a", "#in b", "fields", "query").Caption(Markup.Escape(
                    $"{difference.A} to {difference.B}: {difference.Added:N0} added, {difference.Removed:N0} removed, {difference.Changed:N0} changed, {difference.Unchanged:N0} the same"));
                foreach (var item in difference.Items)
                    table.Row(item.Change, item.A?.Ordinal, item.B?.Ordinal, string.Join(", ", item.Fields), DatasetVerbs.Cut((item.B ?? item.A)!.Query));
                return table;
            }));
    }

    static Command Example()
    {
        var reference = DatasetVerbs.Reference();
        var ordinal = new Argument<int>("ordinal") { Description = "The example's number, from 0." };
        return new Command("example", "Where an example comes from: document, prompts, calls, cost.") { reference, ordinal }.Does(async (parse, session, ct) =>
            Printer.Print(parse, await session.Datasets.LineageAsync(await session.Datasets.FindAsync(parse.GetValue(reference), ct), parse.GetValue(ordinal), ct), lineage =>
            {
                var table = Printer.Table("what", "value").Row("query", DatasetVerbs.Cut(lineage.Example.Query)).Row("made by", lineage.Example.Generator).Row("run", lineage.RunId?.ToString(CultureInfo.InvariantCulture));
                if (lineage.From is not null)
                    table.Row("reviewed from", lineage.From);
                if (lineage.Document is { } document)
                    table.Row("document", $"{document.Corpus}/{document.DocumentId} {document.Title}");
                foreach (var prompt in lineage.Prompts)
                    table.Row($"prompt {prompt.Name}", prompt.Hash);
                foreach (var call in lineage.Calls)
                    table.Row($"call {call.Id}, {call.Wrote}", $"{call.Purpose} by {call.Model}: {call.InputTokens:N0} + {call.OutputTokens:N0} tokens, {Amount(call.Cost)}, {call.Milliseconds:N0} ms");
                return table.Row("cost", Amount(lineage.Cost));
            }));
    }

    static Table Show(DatasetQuality quality)
    {
        var (report, same) = (quality.Report, quality.Report.Duplicates);
        var table = Printer.Table("what", "#value").Row("examples", report.Examples);
        foreach (var length in report.Lengths)
            table.Row($"words of a {length.Of}: least, median, 95 %, most", $"{length.Least:N0}, {length.Median:N0}, {length.P95:N0}, {length.Most:N0}");
        foreach (var generator in report.Generators)
            table.Row($"made by {generator.Name}", generator.Count);
        table.Row("query equals an earlier one", same.SameQuery).Row("example equals an earlier one", same.SameExample)
            .Row($"query near an earlier one (of the first {same.Compared:N0}{(same.Estimated ? ", estimated" : "")})", same.NearQuery).Row("a positive is a negative too", same.PositiveIsNegative).Row("query stands in a positive", same.QueryIsPositive);
        foreach (var bin in report.Difficulty?.Bm25Positive ?? [])
            table.Row($"best BM25 rank of a positive: {bin.Name}", bin.Count);
        foreach (var (what, grades) in new[] { ("query", report.Judge?.Query), ("positive", report.Judge?.Positive), ("negative", report.Judge?.Negative) })
            foreach (var grade in grades ?? [])
                table.Row($"judge's grade of a {what}: {grade.Name}", grade.Count);
        if (report.Judge?.Kappa is { } kappa)
            table.Row("Cohen's kappa of two judges", kappa.ToString("0.000", CultureInfo.InvariantCulture));
        table.Row("calls to language models", quality.Cost.Calls).Row("their cost", Amount(quality.Cost.Cost));
        if (quality.Contamination.Count == 0)
            table.Row("contamination", "not checked");
        foreach (var found in quality.Contamination)
            table.Row($"contamination: {found.Corpus}/{found.QuerySet}", found.Summary.Level + (found.Current ? "" : " (outdated)"));
        foreach (var reviewer in quality.Reviews)
            table.Row($"reviewed by {reviewer.Author}: accepted, rejected, edited", $"{reviewer.Accepted:N0}, {reviewer.Rejected:N0}, {reviewer.Edited:N0}");
        return table;
    }

    static string Amount(decimal cost) => cost.ToString("0.######", CultureInfo.InvariantCulture);
}
