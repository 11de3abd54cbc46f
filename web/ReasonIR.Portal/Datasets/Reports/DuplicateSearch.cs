using System.Runtime.InteropServices;
using ReasonIR.Contracts.Datasets;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Retrieval.Contamination;

namespace ReasonIR.Portal.Datasets.Reports;

/// <summary>Finds equal and nearly equal queries, and examples that contradict themselves. Holds some 100 bytes an example, and the words of the queries that are compared.</summary>
sealed class DuplicateSearch
{
    const double Threshold = 0.8;
    const int MostCompared = 50_000, MostWords = 3_000_000, MostShown = 20;

    readonly HashSet<UInt128> queries = [], examples = [];
    readonly List<HashSet<ulong>> compared = [];
    readonly List<int> ordinals = [];
    int sameQuery, sameExample, positiveIsNegative, queryIsPositive, words;

    /// <param name="query">The words of the example's query.</param>
    /// <param name="positives">Those of each positive.</param>
    /// <param name="negatives">Those of each negative.</param>
    public void Add(Example example, List<ulong> query, IReadOnlyList<List<ulong>> positives, IReadOnlyList<List<ulong>> negatives)
    {
        var whole = TextTokens.Whole(query);
        var (positiveKeys, negativeKeys) = (positives.Select(TextTokens.Whole).ToList(), negatives.Select(TextTokens.Whole).ToList());
        sameQuery += queries.Add(whole) ? 0 : 1;
        sameExample += examples.Add(Together([whole, .. positiveKeys, UInt128.One, .. negativeKeys])) ? 0 : 1;
        positiveIsNegative += positiveKeys.Any(negativeKeys.Contains) ? 1 : 0;
        queryIsPositive += query.Count > 0 && positives.Any(positive => CollectionsMarshal.AsSpan(positive).IndexOf(CollectionsMarshal.AsSpan(query)) >= 0) ? 1 : 0;
        if (compared.Count >= MostCompared || words >= MostWords)
            return;
        var set = query.ToHashSet();
        words += set.Count;
        compared.Add(set);
        ordinals.Add(example.Ordinal);
    }

    public DuplicateFacts Read(CancellationToken ct)
    {
        var near = new NearDuplicates(compared, Threshold);
        var (count, first) = (0, new List<NearPair>());
        for (var i = 0; i < compared.Count; i++)
        {
            ct.ThrowIfCancellationRequested();
            var earlier = near.Find(compared[i]).Where(found => found.Text < i).ToList();
            if (earlier.Count == 0)
                continue;
            count++;
            if (first.Count < MostShown)
            {
                var (text, similarity) = earlier.OrderByDescending(found => found.Similarity).ThenBy(found => found.Text).First();
                first.Add(new(ordinals[text], ordinals[i], similarity));
            }
        }
        return new(sameQuery, sameExample, count, compared.Count, Threshold, positiveIsNegative, queryIsPositive, first);
    }

    static UInt128 Together(IReadOnlyList<UInt128> keys) => TextTokens.Whole([.. keys.SelectMany(key => new[] { (ulong)key, (ulong)(key >> 64) })]);
}
