using ReasonIR.Contracts.Results;
using ReasonIR.Retrieval.Comparison;

namespace ReasonIR.Portal.Results;

/// <summary>Tests all pairs of the systems on a leaderboard.</summary>
public sealed class SignificanceService(LeaderboardService leaderboards, ResultsService results)
{
    /// <summary>Names of the tests.</summary>
    public static IReadOnlyDictionary<string, PairTest> Tests { get; } = new Dictionary<string, PairTest> { ["t"] = PairTest.T, ["wilcoxon"] = PairTest.Wilcoxon, ["randomization"] = PairTest.Randomization };

    /// <summary>Names of the corrections.</summary>
    public static IReadOnlyDictionary<string, PairCorrection> Corrections { get; } = new Dictionary<string, PairCorrection>
    {
        ["holm"] = PairCorrection.Holm, ["bh"] = PairCorrection.BenjaminiHochberg, ["bonferroni"] = PairCorrection.Bonferroni, ["none"] = PairCorrection.None,
    };

    /// <summary>The leaderboards of one corpus or of all, those with at least two comparable systems.</summary>
    /// <param name="systems">Only these, their names with commas between: a correction counts all pairs that are tested. Null: all.</param>
    /// <exception cref="ArgumentException">A word that is not known.</exception>
    public async Task<IReadOnlyList<SignificanceInfo>> ReadAsync(
        string? corpus, string? measure, string? test, string? correction, double? level, CancellationToken ct, string? systems = null)
    {
        var only = string.IsNullOrEmpty(systems) ? null : systems.Split(',', StringSplitOptions.TrimEntries).ToHashSet(StringComparer.Ordinal);
        var (byTest, byCorrection) = (Known(Tests, "test", test ?? "t"), Known(Corrections, "correction", correction ?? "holm"));
        if (level is not (null or (> 0 and < 1)))
            throw new ArgumentException($"level: expected a number between 0 and 1, found {level}.");
        var found = new List<SignificanceInfo>();
        var boards = await leaderboards.ReadAsync(corpus, measure, ct);
        if (only?.Except(boards.SelectMany(board => board.Rows).Select(row => row.Result.System)).FirstOrDefault() is { } absent)
            throw new ArgumentException($"systems: there is no result of a system '{absent}'{(corpus is null ? "" : $" on corpus '{corpus}'")}.");
        foreach (var board in boards)
            if (await CompareAsync(only is null ? board : board with { Rows = [.. board.Rows.Where(row => only.Contains(row.Result.System))] }, byTest, test ?? "t", byCorrection, correction ?? "holm", level ?? LeaderboardService.Significant, ct) is { } info)
                found.Add(info);
        return found;
    }

    async Task<SignificanceInfo?> CompareAsync(LeaderboardInfo board, PairTest test, string testName, PairCorrection correction, string correctionName, double level, CancellationToken ct)
    {
        var leftOut = new List<LeftOutSystem>();
        var systems = new List<(LeaderboardRow Row, IReadOnlyDictionary<string, double> Values)>();
        foreach (var row in board.Rows)
        {
            var values = await results.ValuesAsync(row.Result.Id, board.Measure, ct);
            if (row.Result.Outdated is { } words)
                leftOut.Add(new(row.Result.Id, row.Result.System, words));
            else if (values.Count == 0)
                leftOut.Add(new(row.Result.Id, row.Result.System, $"no values by query for {board.Measure}"));
            else
                systems.Add((row, values));
        }
        // The same queries for all: those that most systems were measured on.
        var groups = systems.GroupBy(system => string.Join('\n', system.Values.Keys.Order(StringComparer.Ordinal))).OrderByDescending(group => group.Count()).ToList();
        foreach (var system in groups.Skip(1).SelectMany(group => group))
            leftOut.Add(new(system.Row.Result.Id, system.Row.Result.System, $"measured on other queries ({system.Values.Count})"));
        if (groups.Count == 0 || groups[0].Count() < 2)
            return null;
        var compared = groups[0].Take(SignificanceTable.MostSystems).ToList();
        leftOut.AddRange(groups[0].Skip(SignificanceTable.MostSystems).Select(system => new LeftOutSystem(system.Row.Result.Id, system.Row.Result.System, $"more than {SignificanceTable.MostSystems} systems")));
        var table = await Task.Run(() => SignificanceTable.Of([.. compared.Select(system => new MeasuredSystem(Key(system.Row), system.Values))], test, correction, level), ct);
        var rows = compared.ToDictionary(system => Key(system.Row), system => system.Row);
        return new(
            board.Corpus, board.QuerySet, board.Measure, testName, correctionName, level, table.Queries,
            [.. table.Systems.Select((name, i) => new GroupedSystem(rows[name].Result.Id, rows[name].Result.System, rows[name].Model, table.Means[i], table.Letters[i]))],
            [.. table.Pairs.Select(pair => new PairInfo(rows[table.Systems[pair.A]].Result.Id, rows[table.Systems[pair.B]].Result.Id, pair.Difference, pair.P, pair.Adjusted, pair.EffectSize, pair.Wins, pair.Losses, pair.Differs))],
            leftOut);

        static string Key(LeaderboardRow row) => $"{row.Result.System} {row.Result.Id}";
    }

    static T Known<T>(IReadOnlyDictionary<string, T> words, string field, string value) =>
        words.TryGetValue(value, out var found) ? found : throw new ArgumentException($"{field}: expected {string.Join(" or ", words.Keys)}, found '{value}'.");
}
