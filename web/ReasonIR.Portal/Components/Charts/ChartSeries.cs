namespace ReasonIR.Portal.Components.Charts;

/// <summary>A line of a chart.</summary>
/// <param name="Name">What it shows.</param>
/// <param name="Points">Ascending by <see cref="ChartPoint.X"/>.</param>
public sealed record ChartSeries(string Name, IReadOnlyList<ChartPoint> Points);

/// <summary>A point of a line.</summary>
public readonly record struct ChartPoint(double X, double Y);

/// <summary>The stretch of an axis with round numbers on it.</summary>
/// <param name="Low">Its start.</param>
/// <param name="High">Its end.</param>
/// <param name="Ticks">Round numbers between them.</param>
public sealed record ChartAxis(double Low, double High, IReadOnlyList<double> Ticks)
{
    /// <summary>An axis that holds every finite value.</summary>
    /// <param name="values">The values.</param>
    /// <param name="ticks">About how many round numbers.</param>
    /// <param name="round">Whether the ends are round too; otherwise they are the outermost values.</param>
    public static ChartAxis Over(IEnumerable<double> values, int ticks, bool round)
    {
        var (low, high) = (double.PositiveInfinity, double.NegativeInfinity);
        foreach (var value in values.Where(double.IsFinite))
            (low, high) = (Math.Min(low, value), Math.Max(high, value));
        if (low > high)
            (low, high) = (0, 1);
        if (high - low <= Math.Abs(high) * 1e-12)
            (low, high) = low == 0 ? (0, 1) : (low - Math.Abs(low) / 2, high + Math.Abs(high) / 2);
        var step = Step((high - low) / ticks);
        var (first, last) = round ? (Math.Floor(low / step), Math.Ceiling(high / step)) : (Math.Ceiling(low / step), Math.Floor(high / step));
        return new(round ? first * step : low, round ? last * step : high, [.. Enumerable.Range(0, Math.Max(0, (int)(last - first) + 1)).Select(i => (first + i) * step)]);
    }

    /// <summary>Where a value stands: 0 at the start, 1 at the end.</summary>
    public double Share(double value) => (value - Low) / (High - Low);

    // 1, 2 or 5 times a power of ten.
    static double Step(double least)
    {
        var power = Math.Pow(10, Math.Floor(Math.Log10(least)));
        return power * (least / power) switch { <= 1 => 1, <= 2 => 2, <= 5 => 5, _ => 10 };
    }
}
