using System.Globalization;
using System.Text;

namespace ReasonIR.Contracts.Passages;

/// <summary>
/// The tokens that passages are counted in: runs of letters, digits and marks; where a script writes no blanks (Han, kana), each character.
/// A run longer than 16 counts one more for each 16, so that no text is without bound between two tokens. Linear in the text.
/// </summary>
static class PassageTokens
{
    const int LongestRun = 16;

    /// <summary>Where tokens begin, in UTF-16 units, ascending.</summary>
    public static List<int> Starts(ReadOnlySpan<char> text)
    {
        var starts = new List<int>();
        var run = 0;
        for (var at = 0; at < text.Length;)
        {
            Rune.DecodeFromUtf16(text[at..], out var rune, out var length);
            if (IsIdeograph(rune.Value))
            {
                starts.Add(at);
                run = 0;
            }
            else if (!IsOfWord(rune))
                run = 0;
            else if (run++ % LongestRun == 0)
                starts.Add(at);
            at += length;
        }
        return starts;
    }

    static bool IsOfWord(Rune rune) => Rune.IsLetterOrDigit(rune)
        || Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.LetterNumber or UnicodeCategory.ConnectorPunctuation;

    static bool IsIdeograph(int rune) => rune is >= 0x3040 and <= 0x30FF or >= 0x3400 and <= 0x4DBF or >= 0x4E00 and <= 0x9FFF or >= 0xF900 and <= 0xFAFF or >= 0x20000 and <= 0x323AF;
}
