using ReasonIR.Contracts.Results;
using ReasonIR.Experiments.Corpora;

namespace ReasonIR.Search.Evaluation;

/// <summary>Which queries and labels were measured; hashes of what was read, not of what the set holds at another time.</summary>
public static class QueriesProvenance
{
    /// <summary>The parts of the set that counted.</summary>
    public static QueriesUsed Of(QuerySet set, IReadOnlyList<Query> queries, bool exclusions) => new(
        set.Version,
        QuerySetHashes.Texts(queries.Select(query => (query.ExternalId, query.Text))),
        QuerySetHashes.Judgments(queries.SelectMany(query => query.Judgments.Select(row => (query.ExternalId, row.DocumentExternalId, row.Grade)))),
        QuerySetHashes.Exclusions(queries.SelectMany(query => query.Exclusions.Select(row => (query.ExternalId, row.DocumentExternalId)))),
        queries.Sum(query => query.Exclusions.Count),
        exclusions);
}
