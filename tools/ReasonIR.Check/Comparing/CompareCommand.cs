using System.Globalization;
using System.IO.Compression;
using System.Text.Json;
using ReasonIR.Contracts.Results;
using ReasonIR.Retrieval.Comparison;
using ReasonIR.Retrieval.Measures;
using ReasonIR.Retrieval.Runs;

namespace ReasonIR.Check.Comparing;

/// <summary><c>compare QRELS RUN RUN...</c>: run files against each other, without a database.</summary>
public static class CompareCommand
{
    static readonly JsonSerializerOptions Indented = new(JsonSerializerDefaults.Web) { WriteIndented = true, Converters = { new System.Text.Json.Serialization.JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    /// <summary>Compares; returns the exit code.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> args, TextWriter output, TextWriter errors, CancellationToken cancellation)
    {
        try
        {
            var options = CompareOptions.Parse(args);
            var judgments = await ReadJudgmentsAsync(options.Qrels, cancellation);
            var runs = new List<(string Name, Run Run, IReadOnlyDictionary<string, double> Values, int Missing)>();
            foreach (var path in options.Runs)
            {
                var run = await TrecRun.ReadAsync(path, cancellation: cancellation);
                var evaluation = Evaluator.Evaluate(judgments, run, MeasureSet.Parse(options.Measure));
                // A query that a run lacks is a failure of the system, not a reason to compare on fewer queries: trec_eval -c.
                var values = evaluation.PerQuery(options.Measure).Concat(evaluation.Missing.Select(query => KeyValuePair.Create(query, 0.0))).ToDictionary();
                var name = runs.Exists(other => other.Name == run.Name) ? $"{run.Name} ({Path.GetFileName(path)})" : run.Name;
                if (evaluation.Queries.Count == 0)
                    throw new InvalidDataException($"{path}: none of its queries is judged in {options.Qrels}");
                runs.Add((name, run, values, evaluation.Missing.Count));
            }
            var table = SignificanceTable.Of([.. runs.Select(run => new MeasuredSystem(run.Name, run.Values))], options.Test, options.Correction, options.Level);
            var missing = runs.Where(run => run.Missing > 0).ToDictionary(run => run.Name, run => run.Missing);
            var pair = runs.Count == 2 ? PairedTests.Of(runs[0].Values, runs[1].Values) : null;
            var similarity = runs.Count == 2 ? RankSimilarity.Of(runs[0].Run, runs[1].Run) : null;
            if (options.Json)
                await output.WriteLineAsync(JsonSerializer.Serialize(new
                {
                    options.Measure, options.Test, options.Correction, options.Level, table.Queries,
                    systems = table.Systems.Select((name, i) => new { name, mean = table.Means[i], letters = table.Letters[i], missingQueries = missing.GetValueOrDefault(name) }),
                    pairs = table.Pairs.Select(one => new { a = table.Systems[one.A], b = table.Systems[one.B], one.Difference, one.P, one.Adjusted, one.EffectSize, one.Wins, one.Losses, one.Differs }),
                    tests = pair, similarity = similarity is null ? null : new { similarity.Queries, similarity.Overlap, similarity.Tau, similarity.Common, similarity.Persistence, similarity.Depth },
                }, Indented));
            else
                await output.WriteAsync(Text(options, table, missing, runs[0].Name, runs[1].Name, pair, similarity));
            return 0;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or InvalidDataException or IOException or UnauthorizedAccessException)
        {
            await errors.WriteLineAsync($"reasonir compare: {e.Message}");
            return 1;
        }
    }

    /// <summary>BEIR's files begin with a header, TREC's with a judgment.</summary>
    static async Task<Judgments> ReadJudgmentsAsync(string path, CancellationToken cancellation)
    {
        await using Stream file = File.OpenRead(path);
        using var reader = new StreamReader(path.EndsWith(".gz", StringComparison.Ordinal) ? new GZipStream(file, CompressionMode.Decompress) : file);
        var first = await reader.ReadLineAsync(cancellation) ?? "";
        return first.StartsWith("query-id", StringComparison.OrdinalIgnoreCase) ? await BeirQrels.ReadAsync(path, cancellation: cancellation) : await TrecQrels.ReadAsync(path, cancellation: cancellation);
    }

    static string Text(CompareOptions options, SignificanceTable table, Dictionary<string, int> missing, string a, string b, PairedTests? tests, RankSimilarity? similarity)
    {
        var text = new StringWriter(CultureInfo.InvariantCulture);
        text.WriteLine($"{options.Measure} over {table.Queries} judged queries; {options.Test} test, {options.Correction} over {table.Pairs.Count} pairs. Systems with a common letter do not differ at {options.Level}.");
        var width = table.Systems.Max(name => name.Length);
        foreach (var (i, name) in table.Systems.Index())
            text.WriteLine(Invariant($"  {name.PadRight(width)}  {table.Means[i]:0.0000}  {table.Letters[i]}{(missing.TryGetValue(name, out var lacking) ? $"  (lacks {lacking} judged queries, counted as 0)" : "")}"));
        foreach (var pair in table.Pairs)
            text.WriteLine(Invariant($"  {table.Systems[pair.A]} - {table.Systems[pair.B]}: {pair.Difference:+0.0000;-0.0000;0.0000}, {PValueText.Of(pair.P)}, adjusted {pair.Adjusted:0.0000}, d {pair.EffectSize?.ToString("0.00", CultureInfo.InvariantCulture) ?? "undefined"}, {pair.Wins} won, {pair.Losses} lost"));
        if (tests is not null)
        {
            text.WriteLine($"{a} - {b}:");
            text.WriteLine(Invariant($"  paired t       {(tests.TTest.P is { } p ? Invariant($"{PValueText.Of(p)}, 95 % interval [{tests.TTest.Interval!.Value.Low:+0.0000;-0.0000}, {tests.TTest.Interval.Value.High:+0.0000;-0.0000}]") : tests.TTest.Undefined)}"));
            text.WriteLine(Invariant($"  Wilcoxon       {PValueText.Of(tests.Wilcoxon.P)}"));
            text.WriteLine(Invariant($"  randomization  {PValueText.Of(tests.Randomization.P)}{(tests.Randomization.Exact ? " (exact)" : "")}"));
            text.WriteLine(Invariant($"  bootstrap      95 % interval [{tests.Bootstrap.Percentile.Low:+0.0000;-0.0000}, {tests.Bootstrap.Percentile.High:+0.0000;-0.0000}]"));
        }
        if (similarity is not null)
            text.WriteLine(Invariant($"  rankings       RBO {similarity.Overlap:0.000} (p {similarity.Persistence}), Kendall tau {similarity.Tau?.ToString("0.000", CultureInfo.InvariantCulture) ?? "undefined"}, {similarity.Common:P0} of the first ten in common, over {similarity.Queries} queries"));
        return text.ToString();
    }

    static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
