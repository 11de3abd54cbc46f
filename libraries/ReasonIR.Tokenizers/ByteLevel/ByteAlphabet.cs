using System.Text;

namespace ReasonIR.Tokenizers.ByteLevel;

/// <summary>
/// GPT-2's printable stand-ins for the 256 bytes (openai/gpt-2, <c>bytes_to_unicode</c>): the printable ASCII and Latin-1 characters stand for
/// themselves, the others, in their order, for U+0100 and on; so the space is <c>Ġ</c>.
/// </summary>
static class ByteAlphabet
{
    public const char Space = '\u0120';

    static readonly char[] ToCharacter = Build();
    static readonly short[] ToByte = Invert();

    /// <summary>The character of each byte.</summary>
    public static ReadOnlySpan<char> Characters => ToCharacter;

    /// <summary>The byte that a character stands for, or -1.</summary>
    public static int ByteOf(char character) => character < ToByte.Length ? ToByte[character] : -1;

    /// <summary>The UTF-8 bytes of a character, each as its character.</summary>
    public static string Spell(Rune rune)
    {
        Span<byte> bytes = stackalloc byte[4];
        Span<char> characters = stackalloc char[4];
        var count = rune.EncodeToUtf8(bytes);
        for (var i = 0; i < count; i++)
            characters[i] = ToCharacter[bytes[i]];
        return new(characters[..count]);
    }

    static char[] Build()
    {
        var result = new char[256];
        var next = '\u0100';
        for (var b = 0; b < 256; b++)
            result[b] = b is >= '!' and <= '~' or >= 0xA1 and <= 0xAC or >= 0xAE ? (char)b : next++;
        return result;
    }

    static short[] Invert()
    {
        var result = new short[ToCharacter.Max() + 1];
        Array.Fill(result, (short)-1);
        for (var b = 0; b < 256; b++)
            result[ToCharacter[b]] = (short)b;
        return result;
    }
}
