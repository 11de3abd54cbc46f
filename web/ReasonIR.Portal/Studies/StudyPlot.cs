using System.Globalization;
using System.Net;
using System.Text;
using ReasonIR.Contracts.Studies;
using ReasonIR.Portal.Components;
using ReasonIR.Portal.Components.Charts;

namespace ReasonIR.Portal.Studies;

/// <summary>
/// An experiment's table as a picture: lines over a logarithmic axis where its rows have a place on one (a group's row without one is a
/// dashed line), otherwise bars from zero. It stands alone as a file and takes a page's colors where it is part of one.
/// </summary>
public static class StudyPlot
{
    const int Width = 720, Left = 64, Right = 20, Top = 16, PlotHeight = 300, BarHeight = 22, LegendLine = 20, Names = 230;

    /// <summary>The same colors as the portal's charts.</summary>
    static readonly string[] colors = ["#0f766e", "#c2410c", "#4338ca", "#a21caf", "#4d7c0f", "#0369a1"];

    /// <summary>The picture.</summary>
    public static string Svg(StudyOutput output)
    {
        var drawn = output.Rows.Where(row => row.Mean is not null).ToList();
        return output.Axis is not null && drawn.Any(row => row.X > 0) ? Lines(output, drawn) : Bars(output, drawn);
    }

    static string Lines(StudyOutput output, List<StudyRow> rows)
    {
        var groups = rows.Select(row => row.Group).Distinct().ToList();
        var points = rows.Where(row => row.X > 0).ToList();
        var x = ChartAxis.Over(points.Select(row => Math.Log2(row.X!.Value)), 6, round: false);
        var y = ChartAxis.Over(rows.Select(row => row.Mean!.Value), 5, round: true);
        var (height, plotWidth) = (Top + PlotHeight + 48 + LegendLine * groups.Count, Width - Left - Right);
        double X(double tokens) => Left + plotWidth * x.Share(Math.Log2(tokens));
        double Y(double value) => Top + PlotHeight * (1 - y.Share(value));
        var svg = Open(output, height);
        foreach (var tick in y.Ticks)
        {
            svg.Append($"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{N(Y(tick))}\" y2=\"{N(Y(tick))}\" stroke=\"currentColor\" stroke-opacity=\"0.15\"/>");
            Text(svg, Left - 8, Y(tick) + 4, Number(tick), "end");
        }
        for (var power = (int)Math.Ceiling(x.Low - 1e-9); power <= Math.Floor(x.High + 1e-9); power++)
            Text(svg, X(Math.Pow(2, power)), Top + PlotHeight + 18, Number(Math.Pow(2, power)), "middle");
        Text(svg, Left + plotWidth / 2.0, Top + PlotHeight + 36, $"{output.Axis} of the rewrite (mean, logarithmic)", "middle");
        foreach (var (number, group) in groups.Index())
        {
            var line = points.Where(row => row.Group == group).OrderBy(row => row.X).ToList();
            svg.Append($"<polyline fill=\"none\" stroke=\"{Color(number)}\" stroke-width=\"2\" points=\"{string.Join(' ', line.Select(row => $"{N(X(row.X!.Value))},{N(Y(row.Mean!.Value))}"))}\"/>");
            foreach (var row in line)
                svg.Append($"<circle r=\"3.5\" cx=\"{N(X(row.X!.Value))}\" cy=\"{N(Y(row.Mean!.Value))}\" fill=\"{Color(number)}\"><title>{E($"{group}, {row.Name}: {Number(row.Mean.Value)} at {Number(Math.Round(row.X.Value, 1))} {output.Axis}")}</title></circle>");
            foreach (var row in rows.Where(row => row.Group == group && row.X is null))
                svg.Append($"<line x1=\"{Left}\" x2=\"{Width - Right}\" y1=\"{N(Y(row.Mean!.Value))}\" y2=\"{N(Y(row.Mean.Value))}\" stroke=\"{Color(number)}\" stroke-dasharray=\"6 5\"><title>{E($"{group}, {row.Name}: {Number(row.Mean.Value)}")}</title></line>");
            var at = Top + PlotHeight + 48 + LegendLine * number;
            svg.Append($"<rect x=\"{Left}\" y=\"{at}\" width=\"14\" height=\"4\" fill=\"{Color(number)}\"/>");
            Text(svg, Left + 22, at + 6, rows.FirstOrDefault(row => row.Group == group && row.X is null) is { } original ? $"{group} (dashed: {original.Name} queries, {Number(original.Mean!.Value)})" : group, "start");
        }
        return svg.Append("</svg>").ToString();
    }

    static string Bars(StudyOutput output, List<StudyRow> rows)
    {
        var y = ChartAxis.Over(rows.Select(row => row.Mean!.Value).Append(0), 5, round: true);
        var height = Top + (BarHeight + 6) * rows.Count + 30;
        var width = Width - Names - 80;
        var svg = Open(output, height);
        foreach (var (number, row) in rows.Index())
        {
            var top = Top + (BarHeight + 6) * number;
            var name = row.Group.Length == 0 ? row.Name : $"{row.Group}, {row.Name}";
            Text(svg, Names - 8, top + 16, name.Length > 34 ? name[..33] + "…" : name, "end");
            svg.Append($"<rect x=\"{Names}\" y=\"{top}\" width=\"{N(width * y.Share(row.Mean!.Value))}\" height=\"{BarHeight}\" rx=\"3\" fill=\"{Color(0)}\"><title>{E($"{name}: {Number(row.Mean.Value)}")}</title></rect>");
            Text(svg, Names + width * y.Share(row.Mean.Value) + 6, top + 16, row.Mean.Value.ToString("0.0000", CultureInfo.InvariantCulture), "start");
        }
        Text(svg, Names, Top + (BarHeight + 6) * rows.Count + 16, output.Columns.Count == 1 ? output.Columns[0] : $"mean of {output.Columns.Count}", "start");
        return svg.Append("</svg>").ToString();
    }

    static StringBuilder Open(StudyOutput output, int height) => new StringBuilder().Append(CultureInfo.InvariantCulture,
        $"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {Width} {height}\" role=\"img\" font-family=\"system-ui, sans-serif\" font-size=\"12\" color=\"#334155\" class=\"study-plot\">")
        .Append($"<title>{E($"{Wording.Words(output.Experiment)}: {Wording.Measure(output.Measure)}")}</title>");

    static void Text(StringBuilder svg, double x, double y, string text, string anchor) =>
        svg.Append($"<text x=\"{N(x)}\" y=\"{N(y)}\" text-anchor=\"{anchor}\" fill=\"currentColor\">{E(text)}</text>");

    static string Color(int number) => $"var(--series-{number % colors.Length}, {colors[number % colors.Length]})";

    static string E(string text) => WebUtility.HtmlEncode(text);

    static string N(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);

    static string Number(double value) => Wording.Figure(Math.Round(value, 12));
}
