using System.Text.Json;
using ReasonIR.Retrieval.Analysis;
using ReasonIR.Retrieval.Bm25;
using ReasonIR.Retrieval.Collections;
using ReasonIR.Retrieval.Measures;
using ReasonIR.Retrieval.Ranking;
using ReasonIR.Retrieval.Runs;

namespace ReasonIR.Check.Golden.Kinds;

/// <summary>
/// Whole BM25 runs over real collections: every query's documents, scores and order, then the collection's statistics and the
/// run's measures. The order may differ among documents whose scores are nearly equal, also across the cut.
/// </summary>
public sealed class Bm25Kind : IGoldenKind
{
    public string Kind => "bm25";

    public IEnumerable<GoldenGroup> Check(GoldenManifest manifest, CancellationToken cancellation)
    {
        var top = manifest.Property("top").GetInt32();
        foreach (var runs in manifest.Property("runs").EnumerateArray().GroupBy(run => run.GetProperty("collection").GetString()!))
        {
            var collection = GoldenCollection.Read(manifest.Require(runs.Key), cancellation);
            using var index = Bm25Index.BuildTemporary(collection.Documents, LuceneEnglishAnalyzer.Instance, cancellation);
            foreach (var run in runs)
                yield return Compare(manifest, run, top, collection, index, cancellation);
        }
    }

    static GoldenGroup Compare(
        GoldenManifest manifest, JsonElement run, int top, GoldenCollection collection, Bm25Index index, CancellationToken cancellation)
    {
        var file = run.GetProperty("run").GetString()!;
        var tally = new GoldenTally(manifest, file, manifest.ToleranceElement());
        var parameters = new Bm25Parameters(
            run.GetProperty("variant").GetString() switch
            {
                "lucene" => Bm25Variant.Lucene,
                "bright" => Bm25Variant.Bright,
                var other => throw new FormatException($"{file}: unknown variant \"{other}\""),
            },
            run.GetProperty("k1").GetDouble(), run.GetProperty("b").GetDouble());
        var exclude = run.TryGetProperty("exclude", out var flag) && flag.GetBoolean();
        var judgments = collection.Judgments(run.TryGetProperty("split", out var split) ? split.GetString() : null, cancellation);
        var expected = TrecRun.ReadAsync(manifest.Require(file), cancellation: cancellation).GetAwaiter().GetResult();
        var found = new Run("bm25");
        var (scores, close) = (manifest.Tolerance("scores"), manifest.Tolerance("order_may_differ_below"));
        foreach (var query in collection.Queries.Where(query => judgments.Contains(query.Id)))
        {
            cancellation.ThrowIfCancellationRequested();
            tally.Case($"query {query.Id}", () =>
            {
                IReadOnlySet<string>? excluded = exclude ? query.ExcludedIds.ToHashSet(StringComparer.Ordinal) : null;
                var ranking = index.Search(query.Text, top, parameters, excluded);
                if (ranking.Count > 0)
                    found.Add(query.Id, ranking);
                CompareRanking(tally, expected[query.Id], ranking, scores, close);
            });
        }
        tally.Case("queries of the run", () => tally.EqualSequences(
            "queries", [.. expected.Queries.Order(StringComparer.Ordinal)], [.. found.Queries.Order(StringComparer.Ordinal)]));
        CompareFigures(manifest, run, tally, index, judgments, found);
        return tally.Group();
    }

    static void CompareRanking(
        GoldenTally tally, IReadOnlyList<ScoredDocument> expected, IReadOnlyList<ScoredDocument> found, Tolerance scores, Tolerance close)
    {
        tally.Equal("documents", expected.Count, found.Count);
        var places = expected.Select((document, place) => (document.Id, place)).ToDictionary(StringComparer.Ordinal);
        for (var place = 0; place < Math.Min(expected.Count, found.Count); place++)
        {
            tally.Near($"score at rank {place + 1}", expected[place].Score, found[place].Score, scores);
            if (found[place].Id == expected[place].Id)
                continue;
            // Where a document stood, or the cut that it stood behind. Printing rounds to six decimals.
            var there = expected[places.GetValueOrDefault(found[place].Id, expected.Count - 1)].Score;
            if (!new Tolerance(close.Absolute + scores.Absolute, close.Relative).Allows(expected[place].Score, there))
                tally.Fail($"rank {place + 1}: expected {expected[place].Id} ({expected[place].Score:R}), found {found[place].Id} ({found[place].Score:R})");
        }
    }

    static void CompareFigures(
        GoldenManifest manifest, JsonElement run, GoldenTally tally, Bm25Index index, Judgments judgments, Run found)
    {
        if (!run.TryGetProperty("figures", out var path))
            return;
        var figures = GoldenManifest.ReadJson(manifest.Require(path.GetString()!));
        foreach (var key in run.GetProperty("figures_key").EnumerateArray())
            figures = figures.GetProperty(key.GetString()!);
        var statistics = index.Statistics;
        foreach (var figure in figures.GetProperty("collection").EnumerateObject())
        {
            long? actual = figure.Name switch
            {
                "documents" => statistics.Documents,
                "docCount" => statistics.DocumentsWithTerms,
                "sumTotalTermFreq" or "tokens" => statistics.Tokens,
                "sumDocFreq" => statistics.Postings,
                "distinctTerms" => statistics.Terms,
                "empty_documents" => statistics.Documents - statistics.DocumentsWithTerms,
                _ => null,
            };
            if (actual is { } value)
                tally.Case(figure.Name, () => tally.Equal(figure.Name, figure.Value.GetInt64(), value));
        }
        var expected = figures.GetProperty("by_score").EnumerateObject().ToArray();
        var within = manifest.Tolerance("figures");
        tally.Case("measures", () =>
        {
            // As printed: trec_eval sees six decimals, which makes more ties.
            var printed = new Run(found.Name);
            foreach (var (query, ranking) in found)
                printed.Add(query, ranking.Select(document => document with { Score = Math.Round(document.Score, 6) }));
            var means = Evaluator.Evaluate(judgments, printed, MeasureSet.Parse(expected.Select(figure => figure.Name))).MeanOverQrels;
            foreach (var figure in expected)
                tally.Near(figure.Name, figure.Value.GetDouble(), means[figure.Name], within);
        });
    }
}
