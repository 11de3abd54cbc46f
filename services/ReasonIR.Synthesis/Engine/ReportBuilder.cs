using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Synthesis;
using ReasonIR.Retrieval.Statistics;

namespace ReasonIR.Synthesis.Engine;

/// <summary>Adds up what happened to items. Not thread-safe.</summary>
sealed class ReportBuilder(SynthesizeSpec spec)
{
    const int MostExamples = 3;
    const int Bins = 12;

    readonly Dictionary<string, int> skipped = [];
    readonly Dictionary<(string Step, string What, string Reason), (int Count, List<string> Examples)> outcomes = [];
    readonly Dictionary<string, SortedDictionary<int, int>> values = [];
    readonly int[][] pairs = [.. Enumerable.Range(0, 5).Select(_ => new int[5])];
    int done, examples, negatives;

    public int Done => done;

    public int Examples => examples;

    public void Add(ItemFacts facts)
    {
        done++;
        examples += facts.Examples;
        negatives += facts.Negatives;
        if (facts.Skipped is { } reason)
            skipped[reason] = skipped.GetValueOrDefault(reason) + 1;
        foreach (var outcome in facts.Outcomes)
        {
            var key = (outcome.Step, outcome.What, outcome.Reason ?? "");
            var (count, known) = outcomes.TryGetValue(key, out var found) ? found : (0, []);
            if (outcome.Example is { } example && known.Count < MostExamples)
                known.Add(example);
            outcomes[key] = (count + 1, known);
        }
        foreach (var (name, numbers) in facts.Values)
        {
            if (!values.TryGetValue(name, out var counts))
                values[name] = counts = [];
            foreach (var number in numbers)
                counts[number] = counts.GetValueOrDefault(number) + 1;
        }
        foreach (var pair in facts.Pairs)
            pairs[pair[0] - 1][pair[1] - 1]++;
    }

    /// <param name="items">Items of the run.</param>
    public SynthesisReport Build(int items, IReadOnlyList<PurposeCost> costs) => new(
        items, done, examples, negatives, new Dictionary<string, int>(skipped),
        [.. Steps().Select(step => new StepReport(step.Name, step.On, Count(step.Name, "kept"), Reasons(step.Name, "dropped"), Reasons(step.Name, "again")))],
        Spreads("words."), [.. Named("grade.").Select(pair => new GradeCounts(pair.Name, [.. Enumerable.Range(1, 5).Select(grade => pair.Counts.GetValueOrDefault(grade))]))],
        Spreads("rank."), Spreads("attempts."), Agreement(), costs);

    IEnumerable<(string Name, bool On)> Steps() =>
    [
        ("queries", spec.Queries is not null), ("variedLength", spec.VariedLength is not null), ("positives", spec.Positives is not null),
        ("writtenNegatives", spec.WrittenNegatives is not null), ("hardNegatives", spec.HardNegatives is { PerExample: > 0 }), ("reasoned", spec.Reasoned is not null), ("judge", spec.Judge is not null),
    ];

    int Count(string step, string what) => outcomes.Where(pair => pair.Key.Step == step && pair.Key.What == what).Sum(pair => pair.Value.Count);

    List<ReasonCount> Reasons(string step, string what) =>
        [.. outcomes.Where(pair => pair.Key.Step == step && pair.Key.What == what).OrderByDescending(pair => pair.Value.Count).ThenBy(pair => pair.Key.Reason, StringComparer.Ordinal)
            .Select(pair => new ReasonCount(pair.Key.Reason, pair.Value.Count, [.. pair.Value.Examples]))];

    IEnumerable<(string Name, SortedDictionary<int, int> Counts)> Named(string prefix) =>
        values.Where(pair => pair.Key.StartsWith(prefix, StringComparison.Ordinal)).OrderBy(pair => pair.Key, StringComparer.Ordinal).Select(pair => (pair.Key[prefix.Length..], pair.Value));

    List<Spread> Spreads(string prefix) => [.. Named(prefix).Select(pair => SpreadOf(pair.Name, pair.Counts))];

    internal static Spread SpreadOf(string name, SortedDictionary<int, int> counts)
    {
        var total = counts.Values.Sum();
        int At(double share)
        {
            var wanted = Math.Max(1, (int)Math.Ceiling(share * total));
            var seen = 0;
            foreach (var (value, count) in counts)
                if ((seen += count) >= wanted)
                    return value;
            throw new InvalidOperationException("There are no numbers.");
        }
        var (least, most) = (counts.First().Key, counts.Last().Key);
        var width = Math.Max(1, (most - least + Bins) / Bins);
        var bins = Enumerable.Range(0, (most - least) / width + 1)
            .Select(bin => new SpreadBin(least + bin * width, least + (bin + 1) * width - 1, counts.Where(pair => (pair.Key - least) / width == bin).Sum(pair => pair.Value)));
        return new(name, total, counts.Sum(pair => (double)pair.Key * pair.Value) / total, least, At(0.1), At(0.5), At(0.9), most, [.. bins]);
    }

    JudgeAgreement? Agreement()
    {
        var graded = pairs.SelectMany((row, first) => row.SelectMany((count, second) => Enumerable.Repeat((First: first + 1, Second: second + 1), count))).ToList();
        if (graded.Count == 0)
            return null;
        var threshold = spec.Judge is { Positives: > 0 and var least } ? least : spec.Positives?.Threshold ?? 4;
        var sides = CohenKappa.Of([.. graded.Select(pair => pair.First >= threshold)], [.. graded.Select(pair => pair.Second >= threshold)]);
        var weighted = CohenKappa.Quadratic([.. graded.Select(pair => pair.First)], [.. graded.Select(pair => pair.Second)]);
        return new(graded.Count, threshold, sides.Observed, sides.Kappa, weighted.Kappa, [.. pairs.Select(row => (IReadOnlyList<int>)[.. row])]);
    }
}
