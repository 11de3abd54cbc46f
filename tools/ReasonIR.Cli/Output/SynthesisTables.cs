using System.Globalization;
using System.Text;
using ReasonIR.Contracts.Runs;
using ReasonIR.Contracts.Synthesis;

namespace ReasonIR.Cli.Output;

/// <summary>Reports and forecasts of synthesis as text.</summary>
static class SynthesisTables
{
    /// <summary>A forecast.</summary>
    public static string Lines(SynthesisForecast forecast)
    {
        var text = new StringBuilder();
        text.Line($"{forecast.Measured} of {forecast.Items:N0} items tried, {forecast.Examples} examples; the whole will take");
        foreach (var (name, range, format) in new[]
        {
            ("calls", forecast.Calls, "N0"), ("tokens in", forecast.InputTokens, "N0"), ("tokens out", forecast.OutputTokens, "N0"), ("cost", forecast.Cost, "0.##"),
            ($"seconds, {forecast.InFlight} calls in flight", forecast.Seconds, "N0"),
        })
            text.Line($"  {name,-28} {range.Value.ToString(format, CultureInfo.InvariantCulture),14}   ({range.Low.ToString(format, CultureInfo.InvariantCulture)} to {range.High.ToString(format, CultureInfo.InvariantCulture)})");
        foreach (var note in forecast.Notes)
            text.Line($"{note}");
        return text.ToString().TrimEnd();
    }

    /// <summary>What a run left.</summary>
    public static string Lines(SynthesizeOutput output)
    {
        var text = new StringBuilder();
        text.Line($"{output.Dataset} version {output.Version}: {output.Examples:N0} examples, {output.Report?.Negatives ?? output.Negatives:N0} negatives, cost {output.Cost:0.####}{(output.Note is { } note ? $". {note}" : "")}");
        if (output.Report is not { } report)
            return text.ToString().TrimEnd();
        text.Line($"{report.Done:N0} of {report.Items:N0} items done{string.Concat(report.Skipped.Select(pair => $", {pair.Value} without an example ({pair.Key})"))}");
        foreach (var step in report.Steps)
        {
            text.Line($"{step.Step,-18} {(step.On ? $"{step.Kept:N0} kept" : "off")}");
            foreach (var (what, reason) in step.Dropped.Select(reason => ("left out", reason)).Concat(step.Again.Select(reason => ("asked again", reason))))
                text.Line($"  {reason.Count,8:N0} {what}: {reason.Reason}{(reason.Examples.Count > 0 ? $"   e.g. {Cut(reason.Examples[0])}" : "")}");
        }
        foreach (var (title, spreads) in new[] { ("words of", report.Lengths), ("BM25 rank of", report.Ranks), ("attempts of", report.Attempts) })
            foreach (var spread in spreads)
                text.Line($"{title + " " + spread.Name,-28} {spread.Count,8:N0}: {spread.Least} to {spread.Most}, mean {spread.Mean:0.0}, tenth {spread.P10}, median {spread.Median}, nine tenths {spread.P90}");
        foreach (var grades in report.Grades)
            text.Line($"{"grades of " + grades.Of,-28} {string.Join("  ", grades.Counts.Select((count, index) => $"{index + 1}: {count}"))}");
        if (report.Agreement is { } agreement)
            text.Line($"second judge on {agreement.Passages} passages: same side of grade {agreement.Threshold} in {agreement.SameSide:P0}, kappa {Kappa(agreement.Kappa)}, of grades (quadratic weights) {Kappa(agreement.WeightedKappa)}");
        foreach (var cost in report.Costs)
            text.Line($"{cost.Purpose,-28} {cost.Calls,8:N0} calls, {cost.InputTokens:N0} tokens in, {cost.OutputTokens:N0} out, cost {cost.Cost:0.####}");
        return text.ToString().TrimEnd();
    }

    static void Line(this StringBuilder text, FormattableString line) => text.AppendLine(line.ToString(CultureInfo.InvariantCulture));

    static string Kappa(double? kappa) => kappa?.ToString("0.000", CultureInfo.InvariantCulture) ?? "not defined";

    static string Cut(string text) => text.Length <= 80 ? text.ReplaceLineEndings(" ") : text[..80].ReplaceLineEndings(" ") + "...";
}
