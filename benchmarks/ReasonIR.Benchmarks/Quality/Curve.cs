using System.Globalization;
using System.Text;

namespace ReasonIR.Benchmarks.Quality;

/// <summary>Draws series over steps as an SVG: the loss against the left axis, everything else against the right one.</summary>
static class Curve
{
    const double Width = 720, Height = 320, Left = 56, Right = 64, Top = 28, Bottom = 40;

    static readonly string[] Colors = ["#1f6feb", "#cf222e", "#1a7f37", "#8250df"];

    public static string Draw(IReadOnlyList<(string Series, int Step, double Value)> points)
    {
        var last = Math.Max(1, points.Max(p => p.Step));
        var series = points.Select(p => p.Series).Distinct().OrderByDescending(s => s == "loss").ToList();
        var (loss, score) = (Axis.Over(points.Where(p => p.Series == "loss").Select(p => p.Value), 0), Axis.Over(points.Where(p => p.Series != "loss").Select(p => p.Value), null));
        var svg = new StringBuilder();
        svg.Append(CultureInfo.InvariantCulture, $"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {Width} {Height}" font-family="sans-serif" font-size="12">""").Append('\n');
        svg.Append("""<rect width="100%" height="100%" fill="#ffffff"/>""").Append('\n');
        foreach (var (axis, x, anchor) in new[] { (loss, Left - 8, "end"), (score, Width - Right + 8, "start") })
            foreach (var tick in axis.Ticks())
            {
                if (axis == loss)
                    svg.Append(CultureInfo.InvariantCulture, $"""<line x1="{Left}" x2="{Width - Right}" y1="{Y(axis, tick):F1}" y2="{Y(axis, tick):F1}" stroke="#d0d7de"/>""").Append('\n');
                svg.Append(CultureInfo.InvariantCulture, $"""<text x="{x}" y="{Y(axis, tick) + 4:F1}" text-anchor="{anchor}">{tick:0.###}</text>""").Append('\n');
            }
        for (var step = 0; step <= last; step += Math.Max(1, (int)Math.Ceiling(last / 90.0) * 10))
            svg.Append(CultureInfo.InvariantCulture, $"""<text x="{X(step, last):F1}" y="{Height - Bottom + 18}" text-anchor="middle">{step}</text>""").Append('\n');
        svg.Append(CultureInfo.InvariantCulture, $"""<text x="{Width / 2}" y="{Height - 6}" text-anchor="middle">optimizer step</text>""").Append('\n');
        foreach (var (i, name) in series.Index())
        {
            var axis = name == "loss" ? loss : score;
            var own = points.Where(p => p.Series == name).OrderBy(p => p.Step).ToList();
            svg.Append(CultureInfo.InvariantCulture, $"""<polyline fill="none" stroke="{Colors[i % Colors.Length]}" stroke-width="{(name == "loss" ? 1.2 : 2)}" points="{string.Join(' ', own.Select(p => string.Create(CultureInfo.InvariantCulture, $"{X(p.Step, last):F1},{Y(axis, p.Value):F1}")))}"/>""").Append('\n');
            svg.Append(CultureInfo.InvariantCulture, $"""<text x="{Left + 170 * i}" y="16" fill="{Colors[i % Colors.Length]}">{name}{(name == "loss" ? " (left)" : ", nDCG@10 (right)")}</text>""").Append('\n');
        }
        return svg.Append("</svg>\n").ToString();

        double Y(Axis axis, double value) => Height - Bottom - (value - axis.Low) / (axis.High - axis.Low) * (Height - Top - Bottom);
    }

    static double X(int step, int last) => Left + (double)step / last * (Width - Left - Right);

    /// <summary>Round bounds around the values.</summary>
    sealed record Axis(double Low, double High, double Step)
    {
        public static Axis Over(IEnumerable<double> values, double? floor)
        {
            var all = values.DefaultIfEmpty(0).ToList();
            var (low, high) = (floor ?? all.Min(), Math.Max(all.Max(), (floor ?? all.Min()) + 1e-3));
            var raw = (high - low) / 5;
            var unit = Math.Pow(10, Math.Floor(Math.Log10(raw)));
            var step = new[] { 1, 2, 5, 10 }.First(f => f * unit >= raw) * unit;
            return new(Math.Floor(low / step + 1e-9) * step, Math.Ceiling(high / step - 1e-9) * step, step);
        }

        public IEnumerable<double> Ticks()
        {
            for (var i = 0; i <= Math.Round((High - Low) / Step); i++)
                yield return Low + i * Step;
        }
    }
}
