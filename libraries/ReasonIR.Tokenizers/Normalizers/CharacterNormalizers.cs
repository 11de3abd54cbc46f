using System.Text;
using ReasonIR.Tokenizers.Text;
using ReasonIR.Tokenizers.Unicode;

namespace ReasonIR.Tokenizers.Normalizers;

/// <summary>A normalizer that looks at each character alone.</summary>
/// <param name="map">From a code point to what stands for it, empty to drop it; what comes of it comes from its place.</param>
public class CharacterNormalizer(Func<Rune, string> map) : INormalizer
{
    readonly CharacterPages<string> pages = new(map);

    public NormalizedText Normalize(NormalizedText text)
    {
        var characters = text.Characters;
        TextRewriter? result = null;
        var kept = 0;
        for (int i = 0, used; i < characters.Length; i += used)
        {
            Rune.DecodeFromUtf16(characters[i..], out var rune, out used);
            var mapped = pages[rune];
            if (characters.Slice(i, used).SequenceEqual(mapped))
                continue;
            result ??= new(text, characters.Length + 8);
            result.Keep(kept, i - kept);
            result.Append(mapped, i);
            kept = i + used;
        }
        if (result is null)
            return text;
        result.Keep(kept, characters.Length - kept);
        return result.Build();
    }
}

/// <summary>Lower case, by character.</summary>
public sealed class LowercaseNormalizer() : CharacterNormalizer(LetterCase.ToLower);

/// <summary>Drops all combining marks; it does not decompose, which a normalizer before it does.</summary>
public sealed class StripAccentsNormalizer() : CharacterNormalizer(rune => Categories.IsMark(rune) ? "" : rune.ToString());

/// <summary>sentencepiece's rule <c>nmt</c> for control characters, which are dropped, and unusual spaces, which become spaces.</summary>
public sealed class NmtNormalizer() : CharacterNormalizer(rune => rune.Value switch
{
    >= 0x01 and <= 0x08 or 0x0B or >= 0x0E and <= 0x1F or 0x7F or 0x8F or 0x9F => "",
    '\t' or '\n' or '\f' or '\r' or 0x1680 or >= 0x200B and <= 0x200F or 0x2028 or 0x2029 or 0x2581 or 0xFEFF or 0xFFFD => " ",
    _ => rune.ToString(),
});

/// <summary>The UTF-8 bytes of each character as those of GPT-2's byte alphabet.</summary>
public sealed class ByteLevelNormalizer() : CharacterNormalizer(ByteLevel.ByteAlphabet.Spell);
