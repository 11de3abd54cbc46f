using System.Text;

namespace ReasonIR.Tokenizers.Unicode;

/// <summary>Lower-casing of single characters, without context: no final sigma.</summary>
static class LetterCase
{
    static readonly Text.CharacterPages<string> Lower = new(Compute);

    /// <summary>One character, but for <c>İ</c>, which is <c>i</c> and a dot above.</summary>
    public static string ToLower(Rune rune) => Lower[rune];

    static string Compute(Rune rune) => rune.Value switch
    {
        0x130 => "i\u0307",
        // Pairs of Unicode 16.0 and 17.0 that the host's casing (ICU's on Linux) may not have yet.
        0x1C89 => "\u1C8A",
        0xA7CB => "\u0264",
        0xA7DC => "\u019B",
        0xA7CC or 0xA7CE or 0xA7D2 or 0xA7D4 or 0xA7DA => ((char)(rune.Value + 1)).ToString(),
        >= 0x10D50 and <= 0x10D65 => new Rune(rune.Value + 0x20).ToString(),
        >= 0x16EA0 and <= 0x16EB8 => new Rune(rune.Value + 0x1B).ToString(),
        _ => Rune.ToLowerInvariant(rune).ToString(),
    };
}
