using System.Buffers;
using ReasonIR.Retrieval.Ranking;
using ReasonIR.Retrieval.Runs;

namespace ReasonIR.Retrieval.Measures;

/// <summary>
/// Measures a run against judgments exactly as trec_eval 9 and pytrec_eval do (by default in their order of ties too);
/// see docs/measures.md for the conventions. Thread-safe; O(d log d) a query of d documents.
/// </summary>
public static class Evaluator
{
    /// <summary>Evaluates.</summary>
    /// <param name="judgments">The grades; a query without relevant documents counts, with 0.</param>
    /// <param name="run">The rankings. A query with an empty ranking counts as evaluated, with 0.</param>
    /// <param name="measures">What to measure; null: <see cref="MeasureSet.Leaderboard"/>.</param>
    /// <param name="exclusions">Documents that are removed first, before the cut.</param>
    /// <param name="cut">How many documents of each ranking are kept after that; null: all.</param>
    /// <param name="by">What makes the rank of a document.</param>
    /// <exception cref="ArgumentException">A document stands twice in a ranking, or a score is NaN.</exception>
    public static Evaluation Evaluate(
        Judgments judgments, Run run, MeasureSet? measures = null, Exclusions? exclusions = null, int? cut = null,
        RankBy by = RankBy.Score)
    {
        measures ??= MeasureSet.Leaderboard;
        if (cut is <= 0)
            throw new ArgumentOutOfRangeException(nameof(cut), cut, "expected at least 1");
        var values = new Dictionary<string, double[]>(StringComparer.Ordinal);
        var withoutJudgments = new List<string>();
        var ranked = new RankedQuery();
        foreach (var (query, documents) in run)
        {
            if (!judgments.Contains(query))
            {
                withoutJudgments.Add(query);
                continue;
            }
            Load(ranked, query, documents, judgments[query], exclusions?[query], cut, by);
            values.Add(query, Measure(ranked, measures));
        }

        var missing = judgments.Queries.Where(query => !run.Contains(query)).ToList();
        var missingSums = new double[measures.Count];
        foreach (var query in missing)
        {
            ranked.Load([], judgments[query].Values);
            for (var place = 0; place < missingSums.Length; place++)
                missingSums[place] += ranked.Value(measures[place]);
        }
        return new(measures, values, missing, missingSums, withoutJudgments);
    }

    /// <summary>The ranking that is measured: excluded documents removed, sorted as asked for, then cut.</summary>
    public static ScoredDocument[] Rank(
        IReadOnlyList<ScoredDocument> documents, IReadOnlySet<string>? excluded = null, int? cut = null,
        RankBy by = RankBy.Score)
    {
        ScoredDocument[] kept = excluded is null ? [.. documents] : [.. documents.Where(d => !excluded.Contains(d.Id))];
        if (by == RankBy.Score)
            kept.AsSpan().Sort(DocumentOrder.TrecEval);
        return cut < kept.Length ? kept[..cut.Value] : kept;
    }

    static void Load(
        RankedQuery ranked, string query, IReadOnlyList<ScoredDocument> documents, IReadOnlyDictionary<string, int> grades,
        IReadOnlySet<string>? excluded, int? cut, RankBy by)
    {
        Check(query, documents);
        var ranking = Rank(documents, excluded, cut, by);
        var buffer = ArrayPool<int>.Shared.Rent(ranking.Length);
        for (var i = 0; i < ranking.Length; i++)
            buffer[i] = grades.TryGetValue(ranking[i].Id, out var grade) ? grade : RankedQuery.Unjudged;
        ranked.Load(buffer.AsSpan(0, ranking.Length), grades.Values);
        ArrayPool<int>.Shared.Return(buffer);
    }

    static void Check(string query, IReadOnlyList<ScoredDocument> documents)
    {
        var seen = new HashSet<string>(documents.Count, StringComparer.Ordinal);
        foreach (var (id, score) in documents)
            if (!seen.Add(id))
                throw new ArgumentException($"query {query}: document {id} stands twice in the ranking");
            else if (double.IsNaN(score))
                throw new ArgumentException($"query {query}: document {id} has no score (NaN)");
    }

    static double[] Measure(RankedQuery ranked, MeasureSet measures)
    {
        var values = new double[measures.Count];
        for (var place = 0; place < values.Length; place++)
            values[place] = ranked.Value(measures[place]);
        return values;
    }
}
