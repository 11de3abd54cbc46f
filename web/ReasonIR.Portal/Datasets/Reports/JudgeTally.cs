using System.Globalization;
using ReasonIR.Contracts.Datasets;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Retrieval.Statistics;

namespace ReasonIR.Portal.Datasets.Reports;

/// <summary>Grades that language models gave, and how far two of them agree.</summary>
sealed class JudgeTally
{
    readonly SortedDictionary<int, long> queries = [], positives = [], negatives = [];
    readonly List<int> first = [], second = [];

    public void Add(SynthesisFacts facts)
    {
        Count(queries, facts.QueryGrade);
        foreach (var (passages, into) in new[] { (facts.Positives, positives), (facts.Negatives, negatives) })
            foreach (var passage in passages ?? [])
            {
                Count(into, passage.Grade);
                if (passage is { Grade: { } grade, SecondGrade: { } other })
                {
                    first.Add(grade);
                    second.Add(other);
                }
            }
    }

    public JudgeFacts? Read() => queries.Count + positives.Count + negatives.Count == 0 ? null
        : new(Named(queries), Named(positives), Named(negatives), first.Count, CohenKappa.Of(first, second).Kappa, CohenKappa.Quadratic(first, second).Kappa);

    static void Count(SortedDictionary<int, long> counts, int? grade)
    {
        if (grade is { } given)
            counts[given] = counts.GetValueOrDefault(given) + 1;
    }

    static IReadOnlyList<NamedCount> Named(SortedDictionary<int, long> counts) => [.. counts.Select(pair => new NamedCount(pair.Key.ToString(CultureInfo.InvariantCulture), pair.Value))];
}
