using ReasonIR.Contracts.Datasets;
using ReasonIR.Retrieval.Contamination;
using ReasonIR.Retrieval.Deduplication;

namespace ReasonIR.Portal.Datasets.Reports;

/// <summary>
/// Counts queries whose set of words is near an earlier one's. Few are compared exactly, each with all before it. Of more, signatures are compared (MinHash, about
/// 1 kB a query that is near none): each with the earlier ones that are near none, as a removal of duplicates would go.
/// </summary>
/// <param name="threshold">Jaccard's index from which on queries are near.</param>
/// <param name="mostExact">Queries that are compared exactly.</param>
/// <param name="mostWords">And their words.</param>
/// <param name="most">Queries near none that are held; what comes after them is not compared.</param>
public sealed class NearQueries(double threshold, int mostExact = 50_000, int mostWords = 3_000_000, int most = 1_000_000)
{
    const int MostShown = 20;

    readonly List<(int Ordinal, HashSet<ulong> Words)> few = [];
    readonly List<NearPair> first = [];
    readonly List<int> kept = [];
    readonly MinHash hash = new(shingle: 1);
    readonly uint[] signature = new uint[MinHash.Permutations];
    NearDuplicateIndex? index;
    int words, compared, near;

    /// <summary>Counts a query in.</summary>
    /// <param name="ordinal">Of its example.</param>
    /// <param name="query">Its words (<see cref="TextTokens"/>).</param>
    public void Add(int ordinal, IReadOnlyCollection<ulong> query)
    {
        if (index is not null)
        {
            Compare(ordinal, query);
            return;
        }
        var set = query.ToHashSet();
        words += set.Count;
        few.Add((ordinal, set));
        if (few.Count <= mostExact && words <= mostWords)
            return;
        index = new(threshold);
        foreach (var (number, held) in few)
            Compare(number, held);
        few.Clear();
        few.TrimExcess();
    }

    /// <summary>What was found.</summary>
    public (int Near, int Compared, bool Estimated, IReadOnlyList<NearPair> First) Read(CancellationToken ct) => index is null ? Exactly(ct) : (near, compared, true, first);

    void Compare(int ordinal, IReadOnlyCollection<ulong> query)
    {
        if (index!.Count >= most)
            return;
        compared++;
        if (!hash.Sign([.. query], signature))
            return; // without words: near nothing
        if (index.FindOrAdd(signature) is not { } found)
        {
            kept.Add(ordinal);
            return;
        }
        near++;
        if (first.Count < MostShown)
            first.Add(new(kept[found.Text], ordinal, found.Similarity));
    }

    (int Near, int Compared, bool Estimated, IReadOnlyList<NearPair> First) Exactly(CancellationToken ct)
    {
        var all = new NearDuplicates([.. few.Select(query => query.Words)], threshold);
        var (count, pairs) = (0, new List<NearPair>());
        foreach (var (i, (ordinal, set)) in few.Index())
        {
            ct.ThrowIfCancellationRequested();
            var earlier = all.Find(set).Where(found => found.Text < i).ToList();
            if (earlier.Count == 0)
                continue;
            count++;
            if (pairs.Count < MostShown)
            {
                var (text, similarity) = earlier.OrderByDescending(found => found.Similarity).ThenBy(found => found.Text).First();
                pairs.Add(new(few[text].Ordinal, ordinal, similarity));
            }
        }
        return (count, few.Count, false, pairs);
    }
}
