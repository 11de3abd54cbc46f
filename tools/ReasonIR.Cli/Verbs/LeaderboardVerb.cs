using System.CommandLine;
using System.Globalization;
using ReasonIR.Cli.Output;
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
        return new Command("leaderboard", "Shows results, best first within a corpus.") { corpus }.Does(async (parse, session, ct) =>
            Printer.Print(parse, await session.Client.LeaderboardAsync(parse.GetValue(corpus), ct), results =>
                Table([.. results.OrderBy(result => result.Corpus, StringComparer.Ordinal).ThenByDescending(result => result.Measures.GetValueOrDefault("ndcg_cut_10"))])));
    }

    /// <summary>Results as a table.</summary>
    public static Table Table(IReadOnlyList<ResultInfo> results)
    {
        var table = Printer.Table("corpus", "queries", "system", "#nDCG@10", "#recall@100", "#MAP", "against the baseline", "#run");
        foreach (var result in results)
            table.Row(
                result.Corpus, $"{result.QuerySet} ({result.Queries})", result.System, Show(result, "ndcg_cut_10"), Show(result, "recall_100"), Show(result, "map"),
                result.Comparison is { } test ? $"{test.Difference.ToString("+0.0000;-0.0000", CultureInfo.InvariantCulture)} (p {test.PValue?.ToString("0.0000", CultureInfo.InvariantCulture) ?? "undefined"})" : "",
                result.RunId.ToString(CultureInfo.InvariantCulture));
        return table;
    }

    static string Show(ResultInfo result, string measure) =>
        result.Measures.TryGetValue(measure, out var value) ? value.ToString("0.0000", CultureInfo.InvariantCulture) : "";
}
