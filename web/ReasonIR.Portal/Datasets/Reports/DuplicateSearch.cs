using System.Runtime.InteropServices;
using ReasonIR.Contracts.Datasets;
using ReasonIR.Experiments.Datasets;
using ReasonIR.Retrieval.Contamination;

namespace ReasonIR.Portal.Datasets.Reports;

/// <summary>Finds equal and nearly equal queries, and examples that contradict themselves. Holds some 100 bytes an example, and what <see cref="NearQueries"/> does.</summary>
sealed class DuplicateSearch
{
    const double Threshold = 0.8;

    readonly HashSet<UInt128> queries = [], examples = [];
    readonly NearQueries near = new(Threshold);
    int sameQuery, sameExample, positiveIsNegative, queryIsPositive;

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
        near.Add(example.Ordinal, query);
    }

    public DuplicateFacts Read(CancellationToken ct)
    {
        var (count, compared, estimated, first) = near.Read(ct);
        return new(sameQuery, sameExample, count, compared, Threshold, positiveIsNegative, queryIsPositive, first, estimated);
    }

    static UInt128 Together(IReadOnlyList<UInt128> keys) => TextTokens.Whole([.. keys.SelectMany(key => new[] { (ulong)key, (ulong)(key >> 64) })]);
}
