using System.Text;
using ReasonIR.Tokenizers.Text;
using ReasonIR.Tokenizers.Unicode;

namespace ReasonIR.Tokenizers.Normalizers;

/// <summary>
/// BERT's normalizer (google-research/bert, Hugging Face tokenizers): drops control characters, sets spaces around Chinese characters,
/// strips accents (non-spacing marks after canonical decomposition), lower-cases; all character by character, so without a final sigma.
/// </summary>
public sealed class BertNormalizer : INormalizer
{
    readonly bool cleanText, handleChineseCharacters, strip, lowercase;
    readonly CharacterPages<string> map;

    /// <param name="cleanText">Drop control, format and private-use characters and U+FFFD, and turn white space into spaces.</param>
    /// <param name="handleChineseCharacters">Spaces around each CJK ideograph.</param>
    /// <param name="stripAccents">null: as <paramref name="lowercase"/>.</param>
    /// <param name="lowercase">Lower-case.</param>
    public BertNormalizer(bool cleanText, bool handleChineseCharacters, bool? stripAccents, bool lowercase)
    {
        (this.cleanText, this.handleChineseCharacters, strip, this.lowercase) = (cleanText, handleChineseCharacters, stripAccents ?? lowercase, lowercase);
        if (strip)
            Decompositions.Require(nameof(BertNormalizer));
        map = new(Compute);
    }

    public NormalizedText Normalize(NormalizedText text)
    {
        var result = new TextRewriter(text, text.Length + 8);
        var characters = text.Characters;
        for (int i = 0, used; i < characters.Length; i += used)
        {
            Rune.DecodeFromUtf16(characters[i..], out var rune, out used);
            result.Append(Map(rune), i);
        }
        return result.Build();
    }

    /// <summary>What one code point becomes: empty, itself, or several characters.</summary>
    public string Map(Rune rune) => map[rune];

    string Compute(Rune rune)
    {
        if (cleanText)
        {
            if (rune.Value is 0xFFFD || rune.Value is not ('\t' or '\n' or '\r') && Categories.IsControl(rune))
                return "";
            if (Rune.IsWhiteSpace(rune))
                return " ";
        }
        var text = strip ? string.Concat(Decompositions.Canonical(rune).EnumerateRunes().Where(r => !Categories.IsNonSpacingMark(r))) : rune.ToString();
        if (lowercase)
            text = string.Concat(text.EnumerateRunes().Select(LetterCase.ToLower));
        return handleChineseCharacters && IsChinese(rune.Value) ? $" {text} " : text;
    }

    static bool IsChinese(int c) =>
        c is >= 0x4E00 and <= 0x9FFF or >= 0x3400 and <= 0x4DBF or >= 0x20000 and <= 0x2A6DF or >= 0x2A700 and <= 0x2B73F
            or >= 0x2B740 and <= 0x2B81F or >= 0x2B920 and <= 0x2CEAF or >= 0xF900 and <= 0xFAFF or >= 0x2F800 and <= 0x2FA1F;
}
