using Microsoft.EntityFrameworkCore;
using ReasonIR.Contracts.Results;
using ReasonIR.Contracts.Runs;
using ReasonIR.Experiments;
using ReasonIR.Portal.Runs;
using ReasonIR.Retrieval.Comparison;

namespace ReasonIR.Portal.Results.Differences;

/// <summary>Explains why two results differ.</summary>
public sealed class DifferenceService(IDbContextFactory<ExperimentsDb> databases, ResultsService results, StoredRuns runs, RunsService runQueue)
{
    const int ShownQueries = 10;
    const int SimilarityDepth = 100;

    /// <summary>Everything about two results; null where one of them is not there.</summary>
    /// <exception cref="ArgumentException">One of them lacks the measure.</exception>
    public async Task<DifferenceInfo?> ExplainAsync(long idA, long idB, string measure, CancellationToken ct)
    {
        if (await results.FindAsync(idA, ct) is not { } a || await results.FindAsync(idB, ct) is not { } b)
            return null;
        foreach (var result in new[] { a, b })
            if (!result.Measures.ContainsKey(measure))
                throw new ArgumentException($"measure: result {result.Id} has {string.Join(", ", result.Measures.Keys.Order(StringComparer.Ordinal))}; found '{measure}'.");
        var (valuesA, valuesB) = (await results.ValuesAsync(idA, measure, ct), await results.ValuesAsync(idB, measure, ct));
        var sameQueries = a.Corpus == b.Corpus && a.QuerySet == b.QuerySet;
        var common = sameQueries ? valuesA.Keys.Where(valuesB.ContainsKey).ToHashSet(StringComparer.Ordinal) : [];
        var causes = CauseFinder.Find(a, b, measure, sameQueries ? [.. (await results.ListAsync(a.Corpus, ct)).Where(other => other.QuerySet == a.QuerySet)] : []);
        var (first, second) = (ProvenanceFields.Of(a.Provenance), ProvenanceFields.Of(b.Provenance));
        var tests = common.Count == 0 ? null : PairedTests.Of(Only(valuesA, common), Only(valuesB, common));
        var (rankA, rankB) = sameQueries ? (await runs.ReadAsync(idA, ct), await runs.ReadAsync(idB, ct)) : (null, null);
        var similarity = rankA is null || rankB is null || !rankA.Queries.Any(rankB.Contains) ? null : RankSimilarity.Of(rankA, rankB, SimilarityDepth);
        var differences = common.Select(query => (Query: query, A: valuesA[query], B: valuesB[query])).OrderByDescending(row => Math.Abs(row.A - row.B)).ThenBy(row => row.Query, StringComparer.Ordinal).ToList();
        var (wins, losses) = (differences.Where(row => row.A > row.B).Take(ShownQueries).ToList(), differences.Where(row => row.A < row.B).Take(ShownQueries).ToList());
        var texts = await TextsAsync(a, [.. wins.Concat(losses).Select(row => row.Query)], ct);
        return new(
            a, b, measure, a.Measures[measure] - b.Measures[measure], [.. Notes(a, b, common.Count)], causes,
            [.. ProvenanceFields.Different(first, second).Where(field => !field.StartsWith("spent", StringComparison.Ordinal)).Select(field => new FieldDifference(field, first.GetValueOrDefault(field), second.GetValueOrDefault(field)))],
            tests is null ? null : Describe(tests), similarity is null ? null : new(similarity.Queries, similarity.Overlap, similarity.Tau, similarity.Common, similarity.Persistence, similarity.Depth),
            Queries(wins), Queries(losses));

        IReadOnlyList<QueryDifference> Queries(List<(string Query, double A, double B)> rows) =>
            [.. rows.Select(row => new QueryDifference(row.Query, texts.GetValueOrDefault(row.Query, ""), row.A, row.B))];
    }

    /// <summary>Starts a run that measures what one cause does; null where a result is not there.</summary>
    /// <exception cref="ArgumentException">There is no such cause, or no run can change it alone.</exception>
    public async Task<RunInfo?> StartMissingAsync(long idA, long idB, string cause, string measure, bool fromB, CancellationToken ct)
    {
        if (await ExplainAsync(idA, idB, measure, ct) is not { } difference)
            return null;
        var found = difference.Causes.FirstOrDefault(one => one.Name == cause)
            ?? throw new ArgumentException($"cause: expected one of {string.Join(", ", difference.Causes.Select(one => one.Name))}, found '{cause}'.");
        var variant = Variants.Of(fromB ? "B" : "A", fromB ? difference.B : difference.A, fromB ? difference.A : difference.B, cause)
            ?? throw new ArgumentException($"cause: no evaluation can change '{cause}' alone ({found.Basis}).");
        return await runQueue.StartAsync(variant.Spec, ct);
    }

    static IEnumerable<string> Notes(ResultInfo a, ResultInfo b, int common)
    {
        if (a.Corpus != b.Corpus || a.QuerySet != b.QuerySet)
            yield return $"They were measured on different queries ({a.Corpus}/{a.QuerySet} and {b.Corpus}/{b.QuerySet}): their figures cannot be compared.";
        else if (common < Math.Max(a.Queries, b.Queries))
            yield return $"Only {common} queries were measured in both (A {a.Queries}, B {b.Queries}); the tests are over those.";
        foreach (var (letter, result) in new[] { ("A", a), ("B", b) })
            if (result.Outdated is { } words)
                yield return $"{letter} is outdated: {words}.";
            else if (!result.Provenance.TryGetProperty("queries", out _))
                yield return $"{letter} comes from a version that recorded less: causes that it does not know cannot be named.";
    }

    static TestsInfo Describe(PairedTests tests) => new(
        tests.TTest.Count, tests.TTest.MeanA, tests.TTest.MeanB, tests.TTest.MeanDifference, tests.TTest.Wins, tests.TTest.Losses, tests.TTest.Interval?.Low, tests.TTest.Interval?.High, tests.TTest.P,
        tests.Wilcoxon.P, tests.Randomization.P, tests.Bootstrap.Percentile.Low, tests.Bootstrap.Percentile.High, tests.Bootstrap.BiasCorrected?.Low, tests.Bootstrap.BiasCorrected?.High,
        tests.TTest.EffectSize, tests.TTest.PooledEffectSize, tests.TTest.Undefined);

    static Dictionary<string, double> Only(IReadOnlyDictionary<string, double> values, HashSet<string> queries) => values.Where(pair => queries.Contains(pair.Key)).ToDictionary();

    async Task<Dictionary<string, string>> TextsAsync(ResultInfo result, List<string> ids, CancellationToken ct)
    {
        await using var db = await databases.CreateDbContextAsync(ct);
        return await db.Queries.Where(query => ids.Contains(query.ExternalId) && db.QuerySets.Any(set => set.Id == query.QuerySetId && set.Name == result.QuerySet && set.Corpus!.Name == result.Corpus))
            .GroupBy(query => query.ExternalId).Select(group => new { group.Key, Text = group.Min(query => query.Text)! }).ToDictionaryAsync(row => row.Key, row => row.Text, ct);
    }
}
