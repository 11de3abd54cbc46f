using System.Text.RegularExpressions;

namespace ReasonIR.Synthesis.Rag;

/// <summary>Finds the chosen letter in what a model said.</summary>
public static partial class AnswerLetter
{
    /// <summary>
    /// The last "answer is (B)" or "answer: B"; where there is none, the last letter in parentheses, or the answer where it is a letter alone.
    /// Null where none of them is one of the choices: guessing further would count words as answers.
    /// </summary>
    public static char? Of(string answer, int choices)
    {
        foreach (var pattern in new[] { Said(), Bracketed(), Alone() })
            if (pattern.Matches(answer).LastOrDefault() is { } match)
            {
                var letter = char.ToUpperInvariant(match.Groups[1].Value[0]);
                return letter - 'A' < choices ? letter : null;
            }
        return null;
    }

    [GeneratedRegex(@"\banswer(?:\s+is|\s*:)\s*:?\s*(?:\\boxed\{|[*_`$(\[{\s])*([A-J])\b", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Said();

    [GeneratedRegex(@"\(([A-J])\)")]
    private static partial Regex Bracketed();

    [GeneratedRegex(@"\A\W*([A-J])\W*\z")]
    private static partial Regex Alone();
}
