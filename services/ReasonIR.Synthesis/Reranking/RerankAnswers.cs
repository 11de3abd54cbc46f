using System.Globalization;
using System.Text.RegularExpressions;

namespace ReasonIR.Synthesis.Reranking;

/// <summary>Reads what a model says of texts.</summary>
public static partial class RerankAnswers
{
    /// <summary>The first number of the answer, where it is a grade from 0 to 5; otherwise null.</summary>
    public static double? Grade(string answer) =>
        Number().Match(answer) is { Success: true } match && double.TryParse(match.Value, NumberStyles.Float, CultureInfo.InvariantCulture, out var grade) && grade is >= 0 and <= 5 ? grade : null;

    /// <summary>
    /// The places (from 0) in the order the answer gives them; what it leaves out follows as it stood, what it says twice counts once.
    /// Null where it names no place at all.
    /// </summary>
    public static IReadOnlyList<int>? Order(string answer, int count)
    {
        var named = Place().Matches(answer).Select(match => int.TryParse(match.Groups[1].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture, out var place) ? place - 1 : -1)
            .Where(place => place >= 0 && place < count).Distinct().ToList();
        return named.Count == 0 ? null : [.. named, .. Enumerable.Range(0, count).Except(named)];
    }

    [GeneratedRegex(@"-?\d+(\.\d+)?")]
    private static partial Regex Number();

    [GeneratedRegex(@"\[\s*(\d{1,6})\s*\]")]
    private static partial Regex Place();
}
