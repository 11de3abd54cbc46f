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
    readonly CharacterPages<MappedCharacter> map;
    readonly SequenceNormalizer stepByStep;

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
        List<INormalizer> steps = [new CharacterNormalizer(Clean), new CharacterNormalizer(Space)];
        if (strip)
            steps.AddRange([new UnicodeNormalizer(NormalizationForm.FormD), new CharacterNormalizer(WithoutAccent)]);
        if (lowercase)
            steps.Add(new LowercaseNormalizer());
        stepByStep = new(steps);
    }

    public NormalizedText Normalize(NormalizedText text)
    {
        var result = new TextRewriter(text, text.Length + 8);
        var characters = text.Characters;
        for (int i = 0, used; i < characters.Length; i += used)
        {
            Rune.DecodeFromUtf16(characters[i..], out var rune, out used);
            var mapped = map[rune];
            if (mapped.Reorders)
                return stepByStep.Normalize(text);
            result.Append(mapped.Text, i);
        }
        return result.Build();
    }

    /// <summary>What one code point becomes.</summary>
    internal MappedCharacter Map(Rune rune) => map[rune];

    MappedCharacter Compute(Rune rune)
    {
        var text = Clean(rune);
        // A space that was something else is no ideograph and has no accent.
        if (text.Length == 0 || text == " ")
            return new(text, false);
        var parts = strip ? Decompositions.Canonical(rune).EnumerateRunes().Where(part => !Categories.IsNonSpacingMark(part)).ToList() : [rune];
        text = string.Concat(parts.Select(part => lowercase ? LetterCase.ToLower(part) : part.ToString()));
        return new(handleChineseCharacters && IsChinese(rune.Value) ? $" {text} " : text, strip && parts.Exists(part => CombiningClasses.Of(part) != 0));
    }

    string Clean(Rune rune)
    {
        if (!cleanText)
            return rune.ToString();
        if (rune.Value is 0xFFFD || rune.Value is not ('\t' or '\n' or '\r') && Categories.IsControl(rune))
            return "";
        return Rune.IsWhiteSpace(rune) ? " " : rune.ToString();
    }

    string Space(Rune rune) => handleChineseCharacters && IsChinese(rune.Value) ? $" {rune} " : rune.ToString();

    static string WithoutAccent(Rune rune) => Categories.IsNonSpacingMark(rune) ? "" : rune.ToString();

    static bool IsChinese(int c) =>
        c is >= 0x4E00 and <= 0x9FFF or >= 0x3400 and <= 0x4DBF or >= 0x20000 and <= 0x2A6DF or >= 0x2A700 and <= 0x2B73F
            or >= 0x2B740 and <= 0x2B81F or >= 0x2B920 and <= 0x2CEAF or >= 0xF900 and <= 0xFAFF or >= 0x2F800 and <= 0x2FA1F;
}

/// <param name="Text">What stands for the character: empty, itself, or several.</param>
/// <param name="Reorders">A mark that stays and that decomposition may move among its neighbors: a text with one goes step by step.</param>
sealed record MappedCharacter(string Text, bool Reorders);
