using System.CommandLine;
using System.Globalization;
using ReasonIR.Cli.Output;
using ReasonIR.Contracts.Models;
using ReasonIR.Contracts.Results;
using Spectre.Console;

namespace ReasonIR.Cli.Verbs;

/// <summary><c>leaderboard</c>.</summary>
public static class LeaderboardVerb
{
    /// <summary>The verb.</summary>
    public static Command Create()
    {
        var corpus = new Option<string?>("--corpus") { Description = "Only this corpus." };
        var significance = new Option<bool>("--significance") { Description = "Test all pairs; systems with a common letter do not differ." };
        var measure = new Option<string>("--measure") { Description = "What is tested.", DefaultValueFactory = _ => "ndcg_cut_10" };
        var test = new Option<string>("--test") { Description = "t, wilcoxon or randomization.", DefaultValueFactory = _ => "t" };
        var correction = new Option<string>("--correction") { Description = "For all pairs: holm, bh, bonferroni or none.", DefaultValueFactory = _ => "holm" };
        var level = new Option<double>("--level") { Description = "Adjusted p-values below it are a difference.", DefaultValueFactory = _ => 0.05 };
        var systems = new Option<string[]>("--system") { Description = "Test only these: a correction counts all pairs that are tested.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
        return new Command("leaderboard", "Shows results, best first within a corpus.") { corpus, significance, measure, test, correction, level, systems }.Does(async (parse, session, ct) => parse.GetValue(significance)
            ? Printer.Print(parse, await session.Comparison.SignificanceAsync(parse.GetValue(corpus), parse.GetValue(measure)!, parse.GetValue(test)!, parse.GetValue(correction)!, parse.GetValue(level), ct, parse.GetValue(systems)), Groups)
            : Printer.Print(parse, await session.Client.LeaderboardAsync(parse.GetValue(corpus), ct), results =>
                Table([.. results.OrderBy(result => result.Corpus, StringComparer.Ordinal).ThenByDescending(result => result.Measures.GetValueOrDefault("ndcg_cut_10"))])));
    }

    static Table Groups(IReadOnlyList<SignificanceInfo> boards)
    {
        var table = Printer.Table("corpus", "queries", "#result", "system", "#mean", "groups", "differs from");
        foreach (var board in boards)
        {
            Console.WriteLine(FormattableString.Invariant($"{board.Corpus}/{board.QuerySet}: {board.Measure}, {board.Test} test, {board.Correction} over {board.Pairs.Count} pairs, level {board.Level}. Systems with a common letter do not differ."));
            foreach (var system in board.LeftOut)
                Console.WriteLine($"  left out: result {system.ResultId} ({system.System}): {system.Reason}");
            var names = board.Systems.ToDictionary(system => system.ResultId, system => system.System);
            foreach (var system in board.Systems)
                table.Row(
                    board.Corpus, $"{board.QuerySet} ({board.Queries})", system.ResultId, system.System, system.Mean.ToString("0.0000", CultureInfo.InvariantCulture), system.Letters,
                    string.Join(", ", board.Pairs.Where(pair => pair.Differs && (pair.A == system.ResultId || pair.B == system.ResultId)).Select(pair => names[pair.A == system.ResultId ? pair.B : pair.A])));
        }
        return table;
    }

    /// <summary>Results as a table.</summary>
    public static Table Table(IReadOnlyList<ResultInfo> results)
    {
        var table = Printer.Table("corpus", "queries", "system", "#nDCG@10", "#recall@100", "#MAP", "against the baseline", "trained on", "#run", "#result");
        foreach (var result in results)
            table.Row(
                result.Corpus, $"{result.QuerySet} ({result.Queries})", result.System, Show(result, "ndcg_cut_10"), Show(result, "recall_100"), Show(result, "map"),
                result.Comparison is { } test ? $"{test.Difference.ToString("+0.0000;-0.0000", CultureInfo.InvariantCulture)} ({PValueText.Of(test.PValue)})" : "",
                TrainedOnInfo.List(result.TrainedOn), result.RunId.ToString(CultureInfo.InvariantCulture), result.Id.ToString(CultureInfo.InvariantCulture) + (result.Outdated is null ? "" : $" ({result.Outdated})"));
        return table;
    }

    static string Show(ResultInfo result, string measure) =>
        result.Measures.TryGetValue(measure, out var value) ? value.ToString("0.0000", CultureInfo.InvariantCulture) : "";
}
