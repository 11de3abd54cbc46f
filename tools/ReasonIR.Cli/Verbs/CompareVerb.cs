using System.CommandLine;
using System.Globalization;
using ReasonIR.Cli.Output;
using ReasonIR.Contracts.Results;

namespace ReasonIR.Cli.Verbs;

/// <summary><c>compare A B</c>: why two results differ.</summary>
public static class CompareVerb
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var a = new Argument<long>("a") { Description = "A result's number (leaderboard --json shows them)." };
        var b = new Argument<long>("b") { Description = "Another one's." };
        var measure = new Option<string>("--measure") { Description = "The measure.", DefaultValueFactory = _ => "ndcg_cut_10" };
        var missing = new Option<string?>("--run-missing") { Description = "Run the evaluation that measures this cause, then compare: a cause's name, or all." };
        return new Command("compare", "Explains the difference of two results: causes by effect, tests, similarity of the rankings. With files (compare QRELS RUN RUN) it needs no system.") { a, b, measure, missing }.Does(async (parse, session, ct) =>
        {
            var (first, second, name) = (parse.GetValue(a), parse.GetValue(b), parse.GetValue(measure)!);
            var difference = await session.Comparison.ExplainAsync(first, second, name, ct);
            if (parse.GetValue(missing) is { } wanted)
            {
                var causes = difference.Causes.Where(cause => cause.Missing.Count > 0 && (wanted == "all" || cause.Name == wanted)).ToList();
                if (causes.Count == 0)
                    throw new ArgumentException($"--run-missing {wanted}: expected one of {string.Join(", ", difference.Causes.Where(cause => cause.Missing.Count > 0).Select(cause => cause.Name).Append("all"))}.");
                foreach (var cause in causes)
                    await RunFollower.FollowAsync(session, await session.Comparison.StartMissingAsync(first, second, cause.Name, name, fromB: cause.Missing[0].Title.StartsWith('B'), ct), ct);
                difference = await session.Comparison.ExplainAsync(first, second, name, ct);
            }
            return Printer.Print(parse, difference, Table);
        });
    }

    static Spectre.Console.Table Table(DifferenceInfo difference)
    {
        Console.WriteLine(Invariant($"A  result {difference.A.Id}, {difference.A.System} on {difference.A.Corpus}/{difference.A.QuerySet}: {difference.Measure} {difference.A.Measures[difference.Measure]:0.0000}"));
        Console.WriteLine(Invariant($"B  result {difference.B.Id}, {difference.B.System} on {difference.B.Corpus}/{difference.B.QuerySet}: {difference.Measure} {difference.B.Measures[difference.Measure]:0.0000}"));
        Console.WriteLine(Invariant($"A - B  {difference.Difference:+0.0000;-0.0000;0.0000}"));
        foreach (var note in difference.Notes)
            Console.WriteLine(note);
        if (difference.Tests is { } tests)
        {
            Console.WriteLine(Invariant($"{tests.Queries} queries: A better on {tests.Wins}, B on {tests.Losses}. p: t {Show(tests.TP)}, Wilcoxon {tests.WilcoxonP:0.0000}, randomization {tests.RandomizationP:0.0000}. Bootstrap 95 % [{tests.BootstrapLow:+0.0000;-0.0000}, {tests.BootstrapHigh:+0.0000;-0.0000}]. Effect size d {Show(tests.EffectSize)}."));
        }
        if (difference.Similarity is { } similarity)
            Console.WriteLine(Invariant($"Rankings: RBO {similarity.Overlap:0.000}, Kendall tau {Show(similarity.Tau)}, {similarity.Common:P0} of the first ten in common."));
        var table = Printer.Table("cause", "what differs", "#effect", "#share", "basis");
        foreach (var cause in difference.Causes)
            table.Row(cause.Name, cause.Sentence, cause.Effect is { } effect ? Invariant($"{effect:+0.0000;-0.0000;0.0000}") : "", cause.Share is { } share ? Invariant($"{share:P0}") : "",
                cause.Missing.Count > 0 ? $"{cause.Basis}; compare ... --run-missing \"{cause.Name}\" runs {cause.Missing[0].Title}" : cause.Basis);
        return table;
    }

    static string Show(double? value) => value?.ToString("0.0000", CultureInfo.InvariantCulture) ?? "undefined";

    static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
