using System.Globalization;
using System.Text;
using ReasonIR.Tokenizers.Text;

namespace ReasonIR.Tokenizers.Unicode;

/// <summary>
/// The full decompositions of single characters, from .NET (which asks ICU), held to Unicode 9.0, the version of Hugging Face's tables:
/// what came later decomposes into itself, whatever ICU is installed.
/// </summary>
static class Decompositions
{
    /// <summary>First and last code points of what got a decomposition from Unicode 10.0 on.</summary>
    static ReadOnlySpan<int> Later =>
    [
        0x32FF, 0x32FF, 0xA7F1, 0xA7F4, 0xAB69, 0xAB69, 0x105C9, 0x105E4, 0x10781, 0x107BA, 0x11383, 0x113C8, 0x11938, 0x11938, 0x16121, 0x16128,
        0x16D68, 0x16D6A, 0x1CCD6, 0x1CCF9, 0x1E030, 0x1E06D, 0x1F16C, 0x1F16C, 0x1FBF0, 0x1FBF9,
    ];

    static readonly CharacterPages<string> CanonicalPages = new(rune => Compute(rune, NormalizationForm.FormD));
    static readonly CharacterPages<string> CompatiblePages = new(rune => Compute(rune, NormalizationForm.FormKD));

    /// <summary>NFD of one character: itself where it has none.</summary>
    public static string Canonical(Rune rune) => CanonicalPages[rune];

    /// <summary>NFKD of one character: itself where it has none.</summary>
    public static string Compatible(Rune rune) => CompatiblePages[rune];

    /// <summary>Without ICU (invariant globalization) .NET leaves non-ASCII text undecomposed without a word: accents would silently stay.</summary>
    public static void Require(string component)
    {
        if ("\u00E9".Normalize(NormalizationForm.FormD).Length != 2)
            throw new PlatformNotSupportedException($"{component} decomposes characters, which needs ICU: install libicu and do not set DOTNET_SYSTEM_GLOBALIZATION_INVARIANT.");
    }

    static string Compute(Rune rune, NormalizationForm form)
    {
        var text = rune.ToString();
        // .NET refuses to look at noncharacters; they and the unassigned have no decomposition.
        return Rune.GetUnicodeCategory(rune) == UnicodeCategory.OtherNotAssigned || CodePointRanges.Contain(Later, rune.Value) ? text : text.Normalize(form);
    }
}
