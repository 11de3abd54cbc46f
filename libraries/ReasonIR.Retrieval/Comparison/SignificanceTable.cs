using ReasonIR.Retrieval.Statistics;

namespace ReasonIR.Retrieval.Comparison;

/// <summary>Which test compares each pair of systems.</summary>
public enum PairTest { T, Wilcoxon, Randomization }

/// <summary>How the p-values of many pairs are adjusted.</summary>
public enum PairCorrection { None, Bonferroni, Holm, BenjaminiHochberg }

/// <summary>A system and its value for each query.</summary>
public sealed record MeasuredSystem(string Name, IReadOnlyDictionary<string, double> Values);

/// <summary>Two systems compared.</summary>
/// <param name="A">Place of the first in <see cref="SignificanceTable.Systems"/>.</param>
/// <param name="B">Place of the second.</param>
/// <param name="Difference">Mean of a − b.</param>
/// <param name="P">Two-sided; 1 where the two never differ.</param>
/// <param name="Adjusted">P adjusted for all pairs of the table.</param>
/// <param name="EffectSize">Mean difference over its standard deviation (Cohen's d_z); null where the differences do not vary.</param>
/// <param name="Differs">Whether the adjusted p is below the level.</param>
public sealed record ComparedPair(int A, int B, double Difference, double P, double Adjusted, double? EffectSize, int Wins, int Losses, bool Differs);

/// <summary>All pairs of several systems over the same queries, and groups of systems that do not differ.</summary>
/// <param name="Systems">Names, best mean first.</param>
/// <param name="Means">In the same order.</param>
/// <param name="Queries">Queries compared.</param>
/// <param name="Pairs">Every pair once, the better system first.</param>
/// <param name="Letters">For each system the letters of its groups: two systems differ exactly where they share no letter.</param>
public sealed record SignificanceTable(
    IReadOnlyList<string> Systems, IReadOnlyList<double> Means, int Queries, IReadOnlyList<ComparedPair> Pairs, IReadOnlyList<string> Letters)
{
    /// <summary>Pairs grow with the square of the systems.</summary>
    public const int MostSystems = 200;

    /// <summary>Draws of the randomization test for each pair.</summary>
    const int Draws = 10_000;

    /// <summary>Compares all pairs.</summary>
    /// <param name="level">Adjusted p-values below it count as a difference.</param>
    /// <exception cref="ArgumentException">Fewer than two systems or too many, or systems with different queries.</exception>
    public static SignificanceTable Of(
        IReadOnlyList<MeasuredSystem> systems, PairTest test = PairTest.T, PairCorrection correction = PairCorrection.Holm, double level = 0.05, int seed = 1)
    {
        if (systems.Count is < 2 or > MostSystems)
            throw new ArgumentException($"systems: expected 2 to {MostSystems}, found {systems.Count}");
        if (!(level > 0 && level < 1))
            throw new ArgumentOutOfRangeException(nameof(level), level, "expected a number between 0 and 1");
        string[] queries = [.. systems[0].Values.Keys.Order(StringComparer.Ordinal)];
        if (queries.Length == 0)
            throw new ArgumentException("no queries to compare");
        foreach (var system in systems)
            if (system.Values.Count != queries.Length || Array.Find(queries, query => !system.Values.ContainsKey(query)) is not null)
                throw new ArgumentException($"system {system.Name}: expected the {queries.Length} queries of system {systems[0].Name}");
        var ordered = systems.Select(system => (system.Name, Values: Array.ConvertAll(queries, query => system.Values[query])))
            .OrderByDescending(system => system.Values.Average()).ToList();

        var places = (from a in Enumerable.Range(0, ordered.Count) from b in Enumerable.Range(a + 1, ordered.Count - a - 1) select (A: a, B: b)).ToArray();
        var tests = new (PairedTTest T, double P)[places.Length];
        Parallel.For(0, places.Length, i => tests[i] = Compare(ordered[places[i].A].Values, ordered[places[i].B].Values, test, seed));
        var adjusted = Adjust(Array.ConvertAll(tests, one => one.P), correction);
        var pairs = places.Select((place, i) => new ComparedPair(
            place.A, place.B, tests[i].T.MeanDifference, tests[i].P, adjusted[i], tests[i].T.EffectSize, tests[i].T.Wins, tests[i].T.Losses, adjusted[i] < level)).ToList();
        return new(
            [.. ordered.Select(system => system.Name)], [.. ordered.Select(system => system.Values.Average())], queries.Length, pairs,
            LetterGroups.Of(ordered.Count, pairs.Where(pair => pair.Differs).Select(pair => (pair.A, pair.B))));
    }

    static (PairedTTest, double) Compare(double[] a, double[] b, PairTest test, int seed)
    {
        var t = PairedTTest.Compare(a, b);
        return (t, test switch
        {
            PairTest.Wilcoxon => WilcoxonTest.Compare(a, b).P,
            PairTest.Randomization => RandomizationTest.Compare(a, b, Draws, seed).P,
            // Differences that are all alike have no t: none at all is no difference, the same one for every query is left to the other tests.
            _ => t.P ?? (t.Wins + t.Losses == 0 ? 1 : RandomizationTest.Compare(a, b, Draws, seed).P),
        });
    }

    static double[] Adjust(double[] p, PairCorrection correction) => correction switch
    {
        PairCorrection.Bonferroni => MultipleTesting.Bonferroni(p),
        PairCorrection.Holm => MultipleTesting.Holm(p),
        PairCorrection.BenjaminiHochberg => MultipleTesting.BenjaminiHochberg(p),
        _ => p,
    };
}
