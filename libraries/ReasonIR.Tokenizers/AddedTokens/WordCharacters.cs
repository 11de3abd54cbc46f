using System.Globalization;
using System.Text;

namespace ReasonIR.Tokenizers.AddedTokens;

/// <summary>A regular expression's <c>\w</c> over code points: letters, marks, digits, connecting punctuation, joiners.</summary>
static class WordCharacters
{
    public static bool Contains(Rune rune) => rune.Value is 0x200C or 0x200D || Rune.GetUnicodeCategory(rune) is
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter or UnicodeCategory.ModifierLetter
        or UnicodeCategory.OtherLetter or UnicodeCategory.LetterNumber or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark
        or UnicodeCategory.EnclosingMark or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.ConnectorPunctuation;
}
