using System.Text.Json;
using ReasonIR.Retrieval.Fusion;
using ReasonIR.Retrieval.Measures;
using ReasonIR.Retrieval.Ranking;
using ReasonIR.Retrieval.Runs;

namespace ReasonIR.Check.Golden.Kinds;

/// <summary>
/// Fused rankings: small cases (a case = a method and query) and whole runs fused from stored ones, with their figures.
/// </summary>
public sealed class FusionKind : IGoldenKind
{
    public string Kind => "fusion";

    public IEnumerable<GoldenGroup> Check(GoldenManifest manifest, CancellationToken cancellation)
    {
        var order = manifest.Tolerance("order_may_differ_below").Absolute;
        yield return CheckCases(manifest, order);
        foreach (var fused in manifest.Property("fused").EnumerateArray())
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var group in CheckRun(manifest, fused, order))
                yield return group;
        }
    }

    static GoldenGroup CheckCases(GoldenManifest manifest, double order)
    {
        var file = manifest.WrittenPath("cases");
        var tally = new GoldenTally(manifest, file, manifest.ToleranceElement("scores"));
        foreach (var example in GoldenManifest.ReadJson(manifest.Require(file)).EnumerateArray())
        {
            var runs = example.GetProperty("runs").EnumerateArray().Select(ReadRun).ToList();
            foreach (var method in example.GetProperty("expected").EnumerateObject())
            {
                var fused = new Lazy<Run>(() => RankFusion.Fuse(runs, Settings(method.Name, example), "fused"));
                foreach (var query in method.Value.EnumerateObject())
                    tally.Case($"{example.GetProperty("name").GetString()}, {method.Name}, query {query.Name}", () =>
                        Compare(tally, [.. query.Value.EnumerateArray().Select(pair => new ScoredDocument(pair[0].GetString()!, pair[1].GetDouble()))],
                            fused.Value[query.Name], order));
                tally.Case($"{example.GetProperty("name").GetString()}, {method.Name}, queries", () =>
                    tally.Equal("count", method.Value.EnumerateObject().Count(), fused.Value.Count));
            }
        }
        return tally.Group();
    }

    static IEnumerable<GoldenGroup> CheckRun(GoldenManifest manifest, JsonElement fused, double order)
    {
        var top = manifest.Property("top").GetInt32();
        var file = fused.GetProperty("run").GetString()!;
        var expected = TrecRun.ReadAsync(manifest.Require(file)).GetAwaiter().GetResult();
        var inputs = fused.GetProperty("inputs").EnumerateArray()
            .Select(path => TrecRun.ReadAsync(manifest.Require(path.GetString()!)).GetAwaiter().GetResult()).ToList();
        var ours = RankFusion.Fuse(inputs, Settings(fused.GetProperty("method").GetString()!, fused), "fused", top, top);

        var tally = new GoldenTally(manifest, file, manifest.ToleranceElement("scores"));
        foreach (var (query, documents) in expected)
            tally.Case($"query {query}", () => Compare(tally, [.. documents.Order(DocumentOrder.Best)], ours[query], order));
        tally.Case("queries", () => tally.Equal("count", expected.Count, ours.Count));
        yield return tally.Group();

        if (!fused.TryGetProperty("figures", out var figures))
            yield break;
        var judgments = BeirQrels.ReadAsync(Path.Combine(
            manifest.Require(fused.GetProperty("judgments").GetString()!), "qrels", fused.GetProperty("split").GetString() + ".tsv"))
            .GetAwaiter().GetResult();
        var values = fused.GetProperty("figures_key").EnumerateArray().Aggregate(
            GoldenManifest.ReadJson(manifest.Require(figures.GetString()!)).GetProperty("figures"),
            (at, key) => at.GetProperty(key.GetString()!));
        var figureTally = new GoldenTally(manifest, $"{figures.GetString()} {file}", manifest.ToleranceElement("figures"));
        foreach (var figure in values.EnumerateObject())
            figureTally.Case(figure.Name, () => figureTally.Near(
                figure.Name, figure.Value.GetDouble(),
                // The figures are of the fusion's own order; reciprocal ranks tie so often that trec_eval's differs.
                Evaluator.Evaluate(judgments, ours, MeasureSet.Parse(figure.Name), by: RankBy.Place).MeanOverQrels[figure.Name]));
        yield return figureTally.Group();
    }

    /// <summary>Same documents, scores near, and order alike except among scores that differ by less than the bound.</summary>
    static void Compare(
        GoldenTally tally, IReadOnlyList<ScoredDocument> expected, IReadOnlyList<ScoredDocument> ours, double order)
    {
        tally.Equal("documents", expected.Count, ours.Count);
        var scores = ours.ToDictionary(d => d.Id, d => d.Score, StringComparer.Ordinal);
        for (var i = 0; i < Math.Min(expected.Count, ours.Count); i++)
        {
            var (id, score) = expected[i];
            if (!scores.TryGetValue(id, out var found))
                tally.Fail($"document {id}, expected at rank {i + 1}, is missing");
            else
                tally.Near($"score of {id}", score, found);
            if (ours[i].Id != id && (!scores.TryGetValue(id, out found) || Math.Abs(found - ours[i].Score) >= order))
                tally.Fail($"rank {i + 1}: expected {id}, found {ours[i].Id}");
        }
    }

    static Run ReadRun(JsonElement queries)
    {
        var run = new Run("input");
        foreach (var query in queries.EnumerateObject())
            run.Add(query.Name, query.Value.EnumerateObject().Select(d => new ScoredDocument(d.Name, d.Value.GetDouble())));
        return run;
    }

    static FusionSettings Settings(string method, JsonElement parameters) => new(
        FusionSettings.ParseMethod(method),
        parameters.TryGetProperty("k", out var k) ? k.GetDouble() : 60,
        parameters.TryGetProperty("weights", out var weights) ? [.. weights.EnumerateArray().Select(w => w.GetDouble())] : null);
}
