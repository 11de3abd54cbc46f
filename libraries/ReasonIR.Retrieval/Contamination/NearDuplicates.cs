using System.Collections.Frozen;

namespace ReasonIR.Retrieval.Contamination;

/// <summary>
/// Finds texts whose sets of words are nearly those of another: Jaccard's index (common words over all words) at or above a
/// threshold. Exact: a pair above it must share one of the rarest words of the indexed text (prefix filter, S. Chaudhuri, V. Ganti,
/// R. Kaushik 2006). Read by many threads once built.
/// </summary>
public sealed class NearDuplicates
{
    readonly FrozenSet<ulong>[] texts;
    readonly Dictionary<ulong, List<int>> prefixes = [];
    readonly double threshold;

    /// <param name="texts">The words of each text; empty ones are near nothing.</param>
    /// <param name="threshold">Above 0, at most 1.</param>
    public NearDuplicates(IReadOnlyList<IReadOnlyCollection<ulong>> texts, double threshold)
    {
        this.threshold = threshold;
        this.texts = [.. texts.Select(words => words.ToFrozenSet())];
        var frequency = this.texts.SelectMany(words => words).CountBy(word => word).ToDictionary();
        foreach (var (number, words) in this.texts.Index())
        {
            // Whoever is at least that near has this many words in common, so one of the others plus one is among them.
            var common = (int)Math.Ceiling(threshold * words.Count - 1e-9);
            foreach (var word in words.OrderBy(word => frequency[word]).ThenBy(word => word).Take(words.Count - common + 1))
            {
                if (!prefixes.TryGetValue(word, out var list))
                    prefixes.Add(word, list = []);
                list.Add(number);
            }
        }
    }

    /// <summary>The indexed texts near a set of words, with Jaccard's index.</summary>
    public IEnumerable<(int Text, double Similarity)> Find(HashSet<ulong> words)
    {
        var candidates = new HashSet<int>();
        foreach (var word in words)
            if (prefixes.TryGetValue(word, out var list))
                candidates.UnionWith(list);
        foreach (var candidate in candidates)
        {
            var common = texts[candidate].Count(words.Contains);
            var similarity = (double)common / (texts[candidate].Count + words.Count - common);
            if (similarity >= threshold - 1e-9)
                yield return (candidate, similarity);
        }
    }
}
