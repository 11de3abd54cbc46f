using System.Collections;

namespace ReasonIR.Retrieval.Comparison;

/// <summary>
/// The compact letter display: each letter is a largest group of systems of which no two differ, so two systems differ exactly where
/// they share no letter. By insertion and absorption: H.-P. Piepho, An algorithm for a letter-based representation of all-pairwise
/// comparisons, JCGS 13(2), 2004.
/// </summary>
public static class LetterGroups
{
    /// <summary>Groups double at worst with each difference; what real tables need is far below.</summary>
    const int MostGroups = 10_000;

    /// <summary>The letters of each system.</summary>
    /// <param name="count">How many systems, best first.</param>
    /// <param name="differing">The pairs that differ.</param>
    /// <exception cref="InvalidOperationException">More groups than anybody could read.</exception>
    public static IReadOnlyList<string> Of(int count, IEnumerable<(int A, int B)> differing)
    {
        List<BitArray> groups = [new(count, true)];
        foreach (var (a, b) in differing)
        {
            var split = groups.Where(group => group[a] && group[b]).ToList();
            if (split.Count == 0)
                continue;
            groups.RemoveAll(group => group[a] && group[b]);
            foreach (var half in split.SelectMany(group => new[] { Without(group, a), Without(group, b) }))
                if (!groups.Exists(group => Holds(group, half)))
                {
                    groups.RemoveAll(group => Holds(half, group));
                    groups.Add(half);
                }
            if (groups.Count > MostGroups)
                throw new InvalidOperationException($"the differences make more than {MostGroups} groups");
        }
        var ordered = groups.OrderBy(group => string.Concat(group.Cast<bool>().Select(member => member ? '0' : '1')), StringComparer.Ordinal).ToList();
        return [.. Enumerable.Range(0, count).Select(system => string.Concat(ordered.Index().Where(group => group.Item[system]).Select(group => Letter(group.Index))))];
    }

    static BitArray Without(BitArray group, int member) => new(group) { [member] = false };

    static bool Holds(BitArray group, BitArray part) => !new BitArray(part).And(new BitArray(group).Not()).HasAnySet();

    /// <summary>a to z, then a1 to z1 and so on.</summary>
    static string Letter(int number) => (char)('a' + number % 26) + (number < 26 ? "" : (number / 26).ToString(System.Globalization.CultureInfo.InvariantCulture));
}
