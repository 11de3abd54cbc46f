using System.Globalization;
using System.Text;

namespace ReasonIR.Tokenizers.Unicode;

/// <summary>
/// The classes of characters that the stages ask for, as Hugging Face's library has them. It reads several tables of different age, where
/// .NET 10 has Unicode 16.0 everywhere: the differences are listed here, found by asking the library (0.23) about every code point.
/// </summary>
static class Categories
{
    // The lists hold what came later; a range may run over characters that are not of the category at all.

    /// <summary>P* in .NET, not yet in the crate unicode_categories 0.1 (Unicode 8.0), which knows two that have left P* since.</summary>
    static ReadOnlySpan<int> LaterPunctuation =>
    [
        0x61D, 0x61D, 0x9FD, 0xA76, 0xC77, 0xC84, 0x1B4E, 0x1B4F, 0x1B7D, 0x1B7F, 0x2E43, 0x2E4F, 0x2E52, 0x2E5D, 0x10D6E, 0x10F89, 0x113D4, 0x1145D,
        0x11660, 0x116B9, 0x1183B, 0x11FFF, 0x12FF1, 0x12FF2, 0x16D6D, 0x16FE2, 0x1E5FF, 0x1E95F,
    ];

    /// <summary>Mn in .NET, not yet in unicode_categories.</summary>
    static ReadOnlySpan<int> LaterNonSpacingMarks =>
    [
        0x7FD, 0x7FD, 0x897, 0x8E1, 0x9FE, 0x9FE, 0xAFA, 0xAFF, 0xB55, 0xB55, 0xC04, 0xC3C, 0xD00, 0xD00, 0xD3B, 0xD3C, 0xD81, 0xD81, 0xEBA, 0xEBA,
        0xECE, 0xECE, 0x180F, 0x1886, 0x1ABF, 0x1ACE, 0x1DF6, 0x1DFB, 0xA82C, 0xA82C, 0xA8C5, 0xA8C5, 0xA8FF, 0xA8FF, 0xA9BD, 0xA9BD,
        0x10D24, 0x10F85, 0x11070, 0x11074, 0x110C2, 0x110C2, 0x111C9, 0x111C9, 0x111CF, 0x111CF, 0x1123E, 0x11241, 0x1133B, 0x1133B,
        0x113BB, 0x1145E, 0x1182F, 0x1612F, 0x16F4F, 0x16F4F, 0x16FE4, 0x16FE4, 0x1CF00, 0x1CF46, 0x1E000, 0x1E5EF, 0x1E944, 0x1E94A,
    ];

    /// <summary>M* in .NET, not yet in the tables that the normalizer StripAccents reads (Unicode 9.0).</summary>
    static ReadOnlySpan<int> LaterMarks =>
    [
        0x7FD, 0x7FD, 0x897, 0x8D3, 0x9FE, 0x9FE, 0xAFA, 0xAFF, 0xB55, 0xB55, 0xC04, 0xC3C, 0xCF3, 0xD00, 0xD3B, 0xD3C, 0xD81, 0xD81, 0xEBA, 0xEBA,
        0xECE, 0xECE, 0x1715, 0x1715, 0x180F, 0x180F, 0x1ABF, 0x1ACE, 0x1CF7, 0x1CF7, 0x1DF6, 0x1DFA, 0xA82C, 0xA82C, 0xA8FF, 0xA8FF,
        0x10D24, 0x10F85, 0x11070, 0x11074, 0x110C2, 0x110C2, 0x11145, 0x11146, 0x111C9, 0x111C9, 0x111CE, 0x111CF, 0x11241, 0x11241, 0x1133B, 0x1133B,
        0x113B8, 0x113E2, 0x1145E, 0x1145E, 0x1182C, 0x11A99, 0x11D31, 0x1612F, 0x16F4F, 0x16F4F, 0x16F7F, 0x16F87, 0x16FE4, 0x16FF1,
        0x1CF00, 0x1CF46, 0x1E08F, 0x1E5EF,
    ];

    /// <summary>Cf in .NET, not yet in unicode_categories.</summary>
    static ReadOnlySpan<int> LaterFormats => [0x890, 0x891, 0x8E2, 0x8E2, 0x110CD, 0x110CD, 0x13430, 0x1343F];

    /// <summary>N* of Unicode 17.0, which Rust's standard library has.</summary>
    static ReadOnlySpan<int> LaterNumbers => [0x11DE0, 0x11DE9, 0x16FF4, 0x16FF6];

    /// <summary>Letters by their use (Other_Alphabetic), circled and squared: .NET calls them symbols.</summary>
    static ReadOnlySpan<int> AlphabeticSymbols => [0x24B6, 0x24E9, 0x1F130, 0x1F149, 0x1F150, 0x1F169, 0x1F170, 0x1F189];

    /// <summary>The symbols that are word characters.</summary>
    public static (int First, int Last)[] WordSymbols() => [.. AlphabeticSymbols.ToArray().Chunk(2).Select(range => (range[0], range[1]))];

    /// <summary>ASCII's punctuation (symbols such as <c>$</c> and <c>+</c> included) or Unicode's P*.</summary>
    public static bool IsPunctuation(Rune rune)
    {
        if (rune.IsAscii)
            return rune.Value is >= '!' and <= '/' or >= ':' and <= '@' or >= '[' and <= '`' or >= '{' and <= '~';
        if (rune.Value is 0x166D or 0x111C9)
            return true;
        return Rune.IsPunctuation(rune) && !CodePointRanges.Contain(LaterPunctuation, rune.Value);
    }

    /// <summary>Mn, as BertNormalizer strips it.</summary>
    public static bool IsNonSpacingMark(Rune rune) =>
        Rune.GetUnicodeCategory(rune) == UnicodeCategory.NonSpacingMark ? !CodePointRanges.Contain(LaterNonSpacingMarks, rune.Value)
        : rune.Value is 0x1734 or 0x1171E;

    /// <summary>Mn, Mc and Me, as the normalizer StripAccents removes them.</summary>
    public static bool IsMark(Rune rune) =>
        Rune.GetUnicodeCategory(rune) is UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark
            ? !CodePointRanges.Contain(LaterMarks, rune.Value)
            : rune.Value is 0x1CF2 or 0x1CF3;

    /// <summary>Control, format and private-use characters, as BertNormalizer drops them.</summary>
    public static bool IsControl(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.PrivateUse => true,
        UnicodeCategory.Format => !CodePointRanges.Contain(LaterFormats, rune.Value),
        _ => false,
    };

    /// <summary>N*, as Rust's <c>is_numeric</c>.</summary>
    public static bool IsNumber(Rune rune) => Rune.IsNumber(rune) || CodePointRanges.Contain(LaterNumbers, rune.Value);

    /// <summary><c>\w</c> of Rust's regular expressions: letters, marks, decimal digits, connecting punctuation, joiners.</summary>
    public static bool IsWord(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter or UnicodeCategory.ModifierLetter
            or UnicodeCategory.OtherLetter or UnicodeCategory.LetterNumber or UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark
            or UnicodeCategory.EnclosingMark or UnicodeCategory.DecimalDigitNumber or UnicodeCategory.ConnectorPunctuation => true,
        _ => rune.Value is 0x200C or 0x200D || CodePointRanges.Contain(AlphabeticSymbols, rune.Value),
    };
}
