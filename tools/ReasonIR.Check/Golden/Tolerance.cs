using System.Text.Json;

namespace ReasonIR.Check.Golden;

/// <summary>How far a number may be from its reference: the sum of an absolute part and a part of the expected value.</summary>
public readonly record struct Tolerance(double Absolute, double Relative)
{
    /// <summary>No difference at all.</summary>
    public static Tolerance Equal => default;

    /// <summary>Reads <c>"equal"</c> or <c>{"absolute": x, "relative": y}</c>; other names are refused.</summary>
    public static Tolerance Read(JsonElement element)
    {
        if (element.ValueKind == JsonValueKind.String && element.ValueEquals("equal"))
            return Equal;
        if (element.ValueKind != JsonValueKind.Object)
            throw new FormatException($"tolerance: expected \"equal\" or an object, found {element.GetRawText()}");
        var (absolute, relative) = (0.0, 0.0);
        foreach (var part in element.EnumerateObject())
            switch (part.Name)
            {
                case "absolute": absolute = part.Value.GetDouble(); break;
                case "relative": relative = part.Value.GetDouble(); break;
                default: throw new FormatException($"tolerance: unknown name \"{part.Name}\"");
            }
        return new(absolute, relative);
    }

    /// <summary>Whether the actual value is near enough; NaN only equals NaN and an infinity only itself.</summary>
    public bool Allows(double expected, double actual) =>
        expected.Equals(actual) || Math.Abs(expected - actual) <= Absolute + Relative * Math.Abs(expected);

    /// <summary>The error in the tolerance's unit: relative where the absolute part is nothing or next to nothing, else absolute.</summary>
    public double Error(double expected, double actual)
    {
        if (expected.Equals(actual))
            return 0;
        var error = Math.Abs(expected - actual);
        return Absolute < 1e-100 && Relative > 0 && Math.Abs(expected) > Absolute ? error / Math.Abs(expected) : error;
    }
}
