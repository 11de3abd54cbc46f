namespace ReasonIR.Encoder;

/// <summary>How long something will take, in the words of a progress line.</summary>
static class Eta
{
    /// <summary><c>40 s left</c>, <c>12 min left</c>, <c>3.5 h left</c>.</summary>
    public static string Text(TimeSpan left) => left.TotalSeconds < 90 ? $"{Math.Max(0, left.TotalSeconds):N0} s left" : left.TotalMinutes < 90 ? $"{left.TotalMinutes:N0} min left" : $"{left.TotalHours:N1} h left";
}
