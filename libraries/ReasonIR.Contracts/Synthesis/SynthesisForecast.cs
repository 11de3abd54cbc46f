namespace ReasonIR.Contracts.Synthesis;

/// <summary>What a recipe will take, from a few items that were made as the run would make them.</summary>
/// <param name="Measured">Items that were tried.</param>
/// <param name="Items">Items of the run.</param>
/// <param name="InFlight">Calls in flight, in one process.</param>
/// <param name="Seconds">In one process, where the endpoint keeps its pace.</param>
/// <param name="Cost">In the currency of the configured prices; all 0 where none are.</param>
/// <param name="Examples">Examples that the tried items gave.</param>
/// <param name="Report">Of the tried items.</param>
/// <param name="Notes">What the reader should know.</param>
public sealed record SynthesisForecast(
    int Measured, int Items, int InFlight, ForecastRange Calls, ForecastRange InputTokens, ForecastRange OutputTokens, ForecastRange Cost, ForecastRange Seconds,
    int Examples, SynthesisReport Report, IReadOnlyList<string> Notes);

/// <summary>An expected total and the range that holds it in nineteen of twenty cases, if the tried items are like the others.</summary>
public sealed record ForecastRange(double Value, double Low, double High)
{
    /// <summary>Of two independent parts.</summary>
    public ForecastRange And(ForecastRange other)
    {
        var (below, above) = (Length(Value - Low, other.Value - other.Low), Length(High - Value, other.High - other.Value));
        return new(Value + other.Value, Math.Max(0, Value + other.Value - below), Value + other.Value + above);
    }

    static double Length(double a, double b) => Math.Sqrt(a * a + b * b);
}
