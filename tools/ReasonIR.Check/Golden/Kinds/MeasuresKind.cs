using System.Text.Json;
using ReasonIR.Retrieval.Measures;
using ReasonIR.Retrieval.Runs;

namespace ReasonIR.Check.Golden.Kinds;

/// <summary>
/// trec_eval's values: a folder of cases, each with judgments, a run and <c>expected.json</c>; a group a case. A case here
/// is a query, a mean, or the refusal of a broken file.
/// </summary>
public sealed class MeasuresKind : IGoldenKind
{
    static readonly string[] Means = ["mean_over_evaluated", "mean_over_qrels"];

    public string Kind => "measures";

    public IEnumerable<GoldenGroup> Check(GoldenManifest manifest, CancellationToken cancellation)
    {
        var cases = manifest.PathOf("cases");
        foreach (var folder in Directory.GetDirectories(cases).Order(StringComparer.Ordinal))
        {
            var file = $"{manifest.WrittenPath("cases")}/{Path.GetFileName(folder)}/expected.json";
            var tally = new GoldenTally(manifest, file, manifest.ToleranceElement());
            var expected = GoldenManifest.ReadJson(Path.Combine(folder, "expected.json"));
            if (expected.TryGetProperty("error_expected", out var error) && error.GetBoolean())
                CheckRefused(tally, manifest, folder, expected);
            else if (expected.TryGetProperty("accept", out var accept))
                CheckAccepted(tally, manifest, folder, expected, [.. accept.EnumerateArray().Select(a => a.GetString()!)]);
            else
                CheckValues(tally, manifest, folder, expected);
            yield return tally.Group();
        }
    }

    static void CheckRefused(GoldenTally tally, GoldenManifest manifest, string folder, JsonElement expected) =>
        tally.Case("reading", () =>
        {
            try
            {
                Read(manifest, folder, expected);
                tally.Fail("expected an error, but both files were read");
            }
            catch (DataFileException)
            {
            }
        });

    static void CheckAccepted(
        GoldenTally tally, GoldenManifest manifest, string folder, JsonElement expected, string[] accept) =>
        tally.Case("accepted outcomes", () =>
        {
            string outcome;
            try
            {
                var (judgments, run) = Read(manifest, folder, expected);
                var evaluation = Evaluator.Evaluate(judgments, run, MeasureSet.Parse("ndcg", "map", "recip_rank", "bpref", "Rprec"));
                var allNegative = judgments.Where(q => q.Value.Values.All(grade => grade < 0)).Select(q => q.Key);
                outcome = allNegative.All(q => evaluation.PerMeasure(q).Values.All(value => value == 0)) ? "zero" : "other values";
            }
            catch (DataFileException)
            {
                outcome = "error";
            }
            if (!accept.Contains(outcome))
                tally.Fail($"expected one of {string.Join(", ", accept)}, found {outcome}");
        });

    static void CheckValues(GoldenTally tally, GoldenManifest manifest, string folder, JsonElement expected)
    {
        var (judgments, run) = Read(manifest, folder, expected);
        var (exclusions, cut) = ReadExclusions(manifest, expected);
        var measures = new MeasureSet(
            [.. MeasureSet.TrecEval, new(MeasureFamily.NdcgExponentialGainCut, 10)]);
        var evaluation = Evaluator.Evaluate(judgments, run, measures, exclusions, cut);

        foreach (var query in expected.GetProperty("per_query").EnumerateObject())
            tally.Case($"query {query.Name}", () =>
            {
                foreach (var measure in query.Value.EnumerateObject())
                    tally.Near(measure.Name, measure.Value.GetDouble(), evaluation[query.Name, measure.Name]);
            });
        tally.Case("queries", () => tally.Equal(
            "evaluated", expected.GetProperty("per_query").EnumerateObject().Count(), evaluation.Queries.Count));
        foreach (var mean in Means)
            tally.Case(mean, () =>
            {
                var ours = mean == Means[0] ? evaluation.MeanOverEvaluated : evaluation.MeanOverQrels;
                foreach (var measure in expected.GetProperty(mean).EnumerateObject())
                    tally.Near(measure.Name, measure.Value.GetDouble(), ours[measure.Name]);
            });
        if (expected.TryGetProperty("not_trec_eval", out var others))
            foreach (var measure in others.EnumerateObject())
                tally.Case(measure.Name, () =>
                {
                    foreach (var query in measure.Value.EnumerateObject())
                        tally.Near(query.Name, query.Value.GetDouble(), evaluation[query.Name, measure.Name]);
                });
        if (expected.TryGetProperty("ranking", out var rankings))
            foreach (var query in rankings.EnumerateObject())
                tally.Case($"ranking of {query.Name}", () => tally.EqualSequences(
                    "ids",
                    [.. query.Value.EnumerateArray().Select(id => id.GetString()!)],
                    [.. Evaluator.Rank(run[query.Name]).Take(query.Value.GetArrayLength()).Select(d => d.Id)]));
    }

    static (Judgments, Run) Read(GoldenManifest manifest, string folder, JsonElement expected)
    {
        string File(string property, string name) => expected.TryGetProperty(property, out var path)
            ? manifest.Require(path.GetString()!)
            : Path.Combine(folder, name);
        return (TrecQrels.ReadAsync(File("qrels", "qrels.trec")).GetAwaiter().GetResult(),
            TrecRun.ReadAsync(File("run", "run.trec")).GetAwaiter().GetResult());
    }

    static (Exclusions?, int?) ReadExclusions(GoldenManifest manifest, JsonElement expected)
    {
        if (!expected.TryGetProperty("exclude", out var exclude))
            return (null, null);
        var file = manifest.Require(exclude.GetProperty("file").GetString()!);
        return (BrightExamples.ReadExclusionsAsync(file, exclude.GetProperty("column").GetString()!).GetAwaiter().GetResult(),
            exclude.GetProperty("cut").GetInt32());
    }
}
