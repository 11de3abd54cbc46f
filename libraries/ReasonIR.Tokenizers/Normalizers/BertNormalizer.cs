using System.Globalization;
using System.Text;
using ReasonIR.Tokenizers.Text;

namespace ReasonIR.Tokenizers.Normalizers;

/// <summary>
/// BERT's normalizer (google-research/bert, Hugging Face tokenizers): drops control characters, sets spaces around Chinese characters,
/// strips accents (non-spacing marks after canonical decomposition), lower-cases; all character by character, so without a final sigma.
/// </summary>
/// <param name="cleanText">Drop control, format and private-use characters and U+FFFD, and turn white space into spaces.</param>
/// <param name="handleChineseCharacters">Spaces around each CJK ideograph.</param>
/// <param name="stripAccents">null: as <paramref name="lowercase"/>.</param>
/// <param name="lowercase">Lower-case.</param>
public sealed class BertNormalizer(bool cleanText, bool handleChineseCharacters, bool? stripAccents, bool lowercase) : INormalizer
{
    readonly bool strip = (stripAccents ?? lowercase) && RequireDecomposition();

    // What each character of the basic plane becomes, in pages of 256, filled as they are met; a race writes the same value twice.
    readonly string?[]?[] pages = new string?[]?[256];

    public NormalizedText Normalize(NormalizedText text)
    {
        var result = new NormalizedTextBuilder(text.Length + 8);
        var characters = text.Characters;
        for (int i = 0, used; i < characters.Length; i += used)
        {
            Rune.DecodeFromUtf16(characters[i..], out var rune, out used);
            result.Append(Map(rune), text.Source(i));
        }
        return result.Build();
    }

    /// <summary>What one code point becomes: empty, itself, or several characters.</summary>
    public string Map(Rune rune)
    {
        if (!rune.IsBmp)
            return Compute(rune);
        var page = pages[rune.Value >> 8] ??= new string?[256];
        return page[rune.Value & 255] ??= Compute(rune);
    }

    string Compute(Rune rune)
    {
        if (cleanText)
        {
            if (rune.Value is 0 or 0xFFFD || IsControl(rune))
                return "";
            if (Rune.IsWhiteSpace(rune))
                return " ";
        }
        var text = rune.ToString();
        if (strip && !IsNoncharacter(rune.Value))
            text = string.Concat(text.Normalize(NormalizationForm.FormD).EnumerateRunes().Where(r => Rune.GetUnicodeCategory(r) != UnicodeCategory.NonSpacingMark));
        if (lowercase)
            text = string.Concat(text.EnumerateRunes().Select(r => r.Value == 0x130 ? "i\u0307" : Rune.ToLowerInvariant(r).ToString()));
        return handleChineseCharacters && IsChinese(rune.Value) ? $" {text} " : text;
    }

    static bool IsControl(Rune rune) =>
        rune.Value is not ('\t' or '\n' or '\r')
        && Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse;

    /// <summary>These have no decomposition, and .NET refuses to look for one.</summary>
    static bool IsNoncharacter(int c) => (c & 0xFFFE) == 0xFFFE || c is >= 0xFDD0 and <= 0xFDEF;

    static bool IsChinese(int c) =>
        c is >= 0x4E00 and <= 0x9FFF or >= 0x3400 and <= 0x4DBF or >= 0x20000 and <= 0x2A6DF or >= 0x2A700 and <= 0x2B73F
            or >= 0x2B740 and <= 0x2B81F or >= 0x2B920 and <= 0x2CEAF or >= 0xF900 and <= 0xFAFF or >= 0x2F800 and <= 0x2FA1F;

    /// <summary>Without ICU (invariant globalization) .NET leaves non-ASCII text undecomposed without a word: accents would silently stay.</summary>
    static bool RequireDecomposition() =>
        "\u00E9".Normalize(NormalizationForm.FormD).Length == 2
            ? true
            : throw new PlatformNotSupportedException("BertNormalizer strips accents by Unicode decomposition, which needs ICU: install libicu and do not set DOTNET_SYSTEM_GLOBALIZATION_INVARIANT.");
}
