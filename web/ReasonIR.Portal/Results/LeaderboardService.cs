using System.Text.Json;
using ReasonIR.Contracts.Results;

namespace ReasonIR.Portal.Results;

/// <summary>Orders results into leaderboards, one for each query set.</summary>
public sealed class LeaderboardService(ResultsService results)
{
    /// <summary>What is ordered by unless somebody asks otherwise.</summary>
    public const string Usual = "ndcg_cut_10";

    /// <summary>Below this p a difference counts as shown.</summary>
    public const double Significant = 0.05;

    /// <summary>The measures that leaderboards show.</summary>
    public static IReadOnlyList<string> Shown { get; } = [Usual, "recall_100", "map", "recip_rank", "P_10"];

    /// <summary>The leaderboards of one corpus or of all, the one with the newest result first.</summary>
    /// <exception cref="ArgumentException">No result has that measure.</exception>
    public async Task<IReadOnlyList<LeaderboardInfo>> ReadAsync(string? corpus, string? measure, CancellationToken ct)
    {
        var rows = await results.ListAsync(corpus, ct);
        measure = string.IsNullOrEmpty(measure) ? Usual : measure;
        var known = rows.SelectMany(row => row.Measures.Keys).Distinct().Order(StringComparer.Ordinal).ToList();
        if (rows.Count > 0 && !known.Contains(measure))
            throw new ArgumentException($"measure: expected one of {string.Join(", ", known)}, found '{measure}'.");
        return [.. rows.GroupBy(row => (row.Corpus, row.QuerySet)).Select(group => Order(group.Key.Corpus, group.Key.QuerySet, measure, [.. group]))];
    }

    static LeaderboardInfo Order(string corpus, string querySet, string measure, IReadOnlyList<ResultInfo> rows)
    {
        var newest = rows.GroupBy(row => (row.System, Setup(row), Field(row, "modelRevision"), Field(row, "querySetHash"), Field(row, "corpusHash"), Number(row, "exclusions"), Number(row, "depth")))
            .Select(group => (Row: group.MaxBy(row => row.Id)!, Repeats: group.Count() - 1)).ToList();
        List<string> measures = [measure, .. Shown.Where(name => name != measure && newest.Exists(row => row.Row.Measures.ContainsKey(name)))];
        var best = measures.ToDictionary(name => name, name => newest.Max(row => Score(row.Row, name)));
        return new(corpus, querySet, measure, measures,
        [
            .. newest.OrderByDescending(row => Score(row.Row, measure)).ThenBy(row => row.Row.Id).Select(row => new LeaderboardRow(
                1 + newest.Count(other => Score(other.Row, measure) > Score(row.Row, measure)),
                row.Row,
                row.Repeats,
                Field(row.Row, "model"),
                [.. measures.Where(name => row.Row.Measures.ContainsKey(name) && Score(row.Row, name) >= best[name])],
                row.Row.Comparison is { } comparison ? Verdict(comparison) : null)),
        ]);
    }

    /// <summary>A comparison in a sentence.</summary>
    /// <param name="among">The same pair among all pairs of a table: its adjusted p decides, so that no table says of two systems that they differ and that they do not.</param>
    public static string Verdict(ComparisonInfo comparison, PairInfo? among = null) => comparison switch
    {
        _ when among is { Differs: false } => comparison.PValue < Significant
            ? $"not shown to differ from {comparison.Baseline} among all pairs of this table"
            : $"no difference from {comparison.Baseline} that {comparison.Queries} queries could show",
        _ when among is { Differs: true } => comparison.Difference > 0 ? $"better than {comparison.Baseline}" : $"worse than {comparison.Baseline}",
        { PValue: { } p } when p >= Significant => $"no difference from {comparison.Baseline} that {comparison.Queries} queries could show",
        { PValue: null } => $"no test against {comparison.Baseline} was possible",
        { Difference: > 0 } => $"better than {comparison.Baseline}",
        _ => $"worse than {comparison.Baseline}",
    };

    static double Score(ResultInfo row, string measure) => row.Measures.GetValueOrDefault(measure, double.NegativeInfinity);

    /// <summary>How the system was set: two hybrids of one name that fuse in different ways are two systems.</summary>
    static string? Setup(ResultInfo row) =>
        row.Provenance.ValueKind == JsonValueKind.Object && row.Provenance.TryGetProperty("system", out var system) ? system.GetRawText() : null;

    /// <summary>The same system with and without exclusions is measured twice, not repeated.</summary>
    static string? Number(ResultInfo row, string name) =>
        row.Provenance.ValueKind == JsonValueKind.Object && row.Provenance.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number ? value.GetRawText() : null;

    static string? Field(ResultInfo row, string name) =>
        row.Provenance.ValueKind == JsonValueKind.Object && row.Provenance.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
}
