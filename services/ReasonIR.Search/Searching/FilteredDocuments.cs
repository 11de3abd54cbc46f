using ReasonIR.Experiments;
using ReasonIR.Experiments.Corpora;
using ReasonIR.Retrieval.Vectors;
using ReasonIR.Search.Indexing;

namespace ReasonIR.Search.Searching;

/// <summary>
/// What a filter leaves out of a corpus, for indexes that hold no metadata: read from the documents' rows once for each content and filter,
/// the last few kept. Thread-safe.
/// </summary>
public sealed class FilteredDocuments(DocumentStore documents)
{
    /// <summary>Each holds the ids that it leaves out.</summary>
    const int MostKept = 4;

    readonly Lock gate = new();
    readonly List<(string Key, IReadOnlySet<string> LeftOut)> kept = [];

    /// <summary>The queries with what the filter leaves out among their exclusions; as they are without a filter.</summary>
    public async Task<IReadOnlyList<RankedText>> ExcludeAsync(Corpus corpus, IReadOnlyList<RankedText> queries, VectorFilter? filter, CancellationToken ct)
    {
        if (filter is not { Conditions.Count: > 0 })
            return queries;
        var leftOut = await LeftOutAsync(corpus, filter, ct);
        return [.. queries.Select(query => query with { Exclude = query.Exclude is { Count: > 0 } own ? own.Union(leftOut).ToHashSet(StringComparer.Ordinal) : leftOut })];
    }

    async Task<IReadOnlySet<string>> LeftOutAsync(Corpus corpus, VectorFilter filter, CancellationToken ct)
    {
        filter.Check();
        var key = $"{corpus.Id}/{corpus.ContentHash}/{ExperimentsJson.Write(filter)}";
        lock (gate)
            if (kept.FindIndex(one => one.Key == key) is >= 0 and var found)
                return kept[found].LeftOut;
        var leftOut = new HashSet<string>(StringComparer.Ordinal);
        await foreach (var document in documents.StreamAsync(corpus.Id, withText: false, ct))
            if (!filter.Matches(FilterableMetadata.Of(document.Metadata)))
                leftOut.Add(document.ExternalId);
        lock (gate)
        {
            kept.Insert(0, (key, leftOut));
            if (kept.Count > MostKept)
                kept.RemoveAt(MostKept);
        }
        return leftOut;
    }
}
