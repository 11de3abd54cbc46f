using System.CommandLine;
using System.Globalization;
using ReasonIR.Cli.Output;
using ReasonIR.Contracts.Contamination;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Serialization;
using System.Text.Json;

namespace ReasonIR.Cli.Verbs;

/// <summary><c>contamination DATASET CORPUS</c>.</summary>
public static class ContaminationVerb
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var dataset = new Argument<string>("dataset") { Description = "The training data." };
        var corpus = new Argument<string>("corpus") { Description = "The corpus of the evaluation." };
        var version = new Option<int?>("--version") { Description = "Version of the dataset (default: the newest complete one)." };
        var set = new Option<string?>("--query-set") { Description = "The judged query set (default: the only one, or test)." };
        var words = new Option<int>("--words") { Description = "Words of a sequence that counts as copied.", DefaultValueFactory = _ => 13 };
        var near = new Option<double>("--near") { Description = "Jaccard's index of two queries' words from which on they are near duplicates.", DefaultValueFactory = _ => 0.6 };
        var take = new Option<int>("--take") { Description = "Findings to show, at most 200.", DefaultValueFactory = _ => 20 };
        return new Command("contamination", "Finds what training data and an evaluation have in common: queries, relevant documents, copied texts.") { dataset, corpus, version, set, words, near, take }.Does(async (parse, session, ct) =>
        {
            var run = await session.Client.StartAsync(new ContaminationSpec(
                parse.GetValue(dataset)!, parse.GetValue(corpus)!, parse.GetValue(version), parse.GetValue(set), parse.GetValue(words), parse.GetValue(near)), ct);
            await RunFollower.FollowAsync(session, run, ct);
            var output = (await session.Client.RunAsync(run.Id, ct)).Output?.Deserialize<ContaminationOutput>(ReasonIrJson.Web) ?? throw new InvalidDataException($"Run {run.Id} left no report.");
            var report = await session.Comparison.ContaminationAsync(output.Report, ct);
            if (parse.GetValue(Options.Json))
                return Printer.Print(parse, report, _ => Printer.Table());
            var findings = await session.Comparison.FindingsAsync(report.Id, null, 0, parse.GetValue(take), ct);
            var summary = report.Summary;
            Console.WriteLine($"Report {report.Id}: {report.Dataset} version {report.Version} ({summary.Examples:N0} examples) against {report.Corpus}/{report.QuerySet}: {summary.Level}");
            Console.WriteLine($"  queries    {summary.Queries,7:N0}: {summary.QueriesExact} equal, {summary.QueriesNear} nearly equal, {summary.QueriesCopied} with a copied sequence, {summary.QueriesWithGold} with a relevant document among the positives; {summary.QueriesClean} clean");
            Console.WriteLine($"  documents  {summary.Documents,7:N0}: {summary.DocumentsExact} whole, {summary.DocumentsCopied} with a copied sequence{(summary.SameCorpus ? " (the data were made from this corpus)" : "")}");
            return Printer.Print(parse, findings, page =>
            {
                var table = Printer.Table("kind", "query", "document", "#share", "#examples", "text", "a training query");
                foreach (var finding in page.Items)
                    table.Row(finding.Kind, finding.QueryId, finding.DocumentId, finding.Share.ToString("0.00", CultureInfo.InvariantCulture), finding.Examples, Cut(finding.Text), Cut(finding.Trained));
                return table;
            });
        });
    }

    static string Cut(string? text) => text is null ? "" : text.Length > 90 ? text[..90] + "…" : text;
}
