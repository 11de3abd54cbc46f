using ReasonIR.Contracts.Contamination;
using ReasonIR.Retrieval.Contamination;

namespace ReasonIR.Search.Contamination;

/// <summary>Puts the findings of several passes together and counts them.</summary>
sealed class OverlapTally
{
    readonly List<Overlap> overlaps = [];

    /// <summary>Takes the findings of a pass. Each pass scans all queries, so those of later ones are there already, but for gold documents known by their text.</summary>
    public void Add(IReadOnlyList<Overlap> found, bool queriesToo) =>
        overlaps.AddRange(found.Where(overlap => queriesToo || overlap.Kind is OverlapKind.DocumentExact or OverlapKind.DocumentGram
            || overlap.Kind == OverlapKind.GoldText && !overlaps.Exists(other => other.Kind == overlap.Kind && other.Query == overlap.Query)));

    /// <summary>What a report names: all queries, the first documents.</summary>
    public IEnumerable<Overlap> Named(int documents) =>
        overlaps.Where(overlap => overlap.Query is not null).Concat(overlaps.Where(overlap => overlap.Query is null).Take(documents));

    public ContaminationSummary Summary(long examples, int queries, long documents, bool sameCorpus, double seconds) => new(
        examples, queries, Queries(OverlapKind.QueryExact), Queries(OverlapKind.QueryNear, OverlapKind.QueryExact), Queries(OverlapKind.QueryGram), Queries(OverlapKind.GoldId, OverlapKind.GoldText),
        queries - Queries(Enum.GetValues<OverlapKind>()), documents, Documents(OverlapKind.DocumentExact), Documents(OverlapKind.DocumentGram), sameCorpus, seconds);

    int Queries(params OverlapKind[] kinds) => overlaps.Where(overlap => overlap.Query is not null && kinds.Contains(overlap.Kind)).Select(overlap => overlap.Query).Distinct().Count();

    int Documents(OverlapKind kind) => overlaps.Count(overlap => overlap.Kind == kind);
}
