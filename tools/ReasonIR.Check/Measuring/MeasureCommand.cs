using System.Globalization;
using System.Text.Json;
using ReasonIR.Retrieval.Measures;
using ReasonIR.Retrieval.Runs;

namespace ReasonIR.Check.Measuring;

/// <summary><c>measure QRELS RUN...</c>: trec_eval's measures of run files, without a database.</summary>
public static class MeasureCommand
{
    /// <summary>0: measured; 1: a file is broken or no query is judged; 2: wrong arguments.</summary>
    public static async Task<int> RunAsync(IReadOnlyList<string> arguments, TextWriter output, TextWriter error, CancellationToken cancellation)
    {
        MeasureOptions options;
        try
        {
            options = MeasureOptions.Parse(arguments);
        }
        catch (Exception e) when (e is ArgumentException or FormatException)
        {
            await error.WriteLineAsync($"measure: {e.Message}\n{MeasureOptions.Usage}");
            return 2;
        }
        try
        {
            var judgments = await ReadJudgmentsAsync(options, cancellation);
            var exclusions = options.Exclude is null ? null : await BrightExamples.ReadExclusionsAsync(options.Exclude, cancellation: cancellation);
            foreach (var path in options.Runs)
            {
                var run = await TrecRun.ReadAsync(path, cancellation: cancellation);
                var evaluation = Evaluator.Evaluate(judgments, run, options.Measures, exclusions, options.Cut, options.By);
                if (evaluation.Queries.Count == 0)
                    throw new InvalidDataException($"{path}: none of its {run.Count} queries is judged in {options.Qrels}.");
                await WriteAsync(output, options, path, evaluation);
            }
            return 0;
        }
        catch (Exception e) when (e is IOException or InvalidDataException or FormatException or ArgumentException or UnauthorizedAccessException)
        {
            await error.WriteLineAsync($"measure: {e.Message}");
            return 1;
        }
    }

    static Task<Judgments> ReadJudgmentsAsync(MeasureOptions options, CancellationToken cancellation)
    {
        var name = options.Qrels.EndsWith(".gz", StringComparison.OrdinalIgnoreCase) ? options.Qrels[..^3] : options.Qrels;
        return name.EndsWith(".jsonl", StringComparison.OrdinalIgnoreCase) ? BrightExamples.ReadJudgmentsAsync(options.Qrels, options.Gold, cancellation: cancellation)
            : name.EndsWith(".tsv", StringComparison.OrdinalIgnoreCase) ? BeirQrels.ReadAsync(options.Qrels, cancellation: cancellation)
            : TrecQrels.ReadAsync(options.Qrels, cancellation: cancellation);
    }

    static async Task WriteAsync(TextWriter output, MeasureOptions options, string path, Evaluation evaluation)
    {
        var means = options.All ? evaluation.MeanOverQrels : evaluation.MeanOverEvaluated;
        if (options.Json)
        {
            await output.WriteLineAsync(JsonSerializer.Serialize(new
            {
                run = path,
                qrels = options.Qrels,
                queries = evaluation.Queries.Count,
                missing = evaluation.Missing,
                unjudged = evaluation.WithoutJudgments,
                mean_over = options.All ? "judged queries, missing ones as 0" : "queries in both files",
                measures = means,
                per_query = options.PerQuery ? evaluation.Queries.ToDictionary(query => query, evaluation.PerMeasure) : null,
            }));
            return;
        }
        // trec_eval's three columns: measure, query, value.
        if (options.PerQuery)
            foreach (var query in evaluation.Queries)
                foreach (var measure in options.Measures)
                    await output.WriteLineAsync(Line(measure, query, evaluation[query, measure.Name]));
        await output.WriteLineAsync($"{"runid",-22}\tall\t{Path.GetFileName(path)}");
        await output.WriteLineAsync($"{"num_q",-22}\tall\t{evaluation.Queries.Count + (options.All ? evaluation.Missing.Count : 0)}");
        foreach (var measure in options.Measures)
            await output.WriteLineAsync(Line(measure, "all", means[measure.Name]));
        if (evaluation.Missing.Count > 0 && !options.All)
            await output.WriteLineAsync($"# {evaluation.Missing.Count} judged queries are not in the run and are left out; --all-queries counts them as 0");
        if (evaluation.WithoutJudgments.Count > 0)
            await output.WriteLineAsync($"# {evaluation.WithoutJudgments.Count} queries of the run have no judgments and are left out");
    }

    static string Line(Measure measure, string query, double value) =>
        $"{measure.Name,-22}\t{query}\t{value.ToString(measure.IsCount ? "0" : "0.0000", CultureInfo.InvariantCulture)}";
}
