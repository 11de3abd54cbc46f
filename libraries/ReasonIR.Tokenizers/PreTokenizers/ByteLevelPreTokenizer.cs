using System.Text;
using ReasonIR.Tokenizers.ByteLevel;
using ReasonIR.Tokenizers.Text;

namespace ReasonIR.Tokenizers.PreTokenizers;

/// <summary>Cuts by GPT-2's pattern and writes each byte of the UTF-8 as its character of the byte alphabet.</summary>
/// <param name="addPrefixSpace">A space before a piece that does not begin with one; it comes from where the first character comes from.</param>
/// <param name="useRegex">False: pieces stay whole.</param>
sealed class ByteLevelPreTokenizer(bool addPrefixSpace, bool useRegex) : IPreTokenizer
{
    public bool AddPrefixSpace => addPrefixSpace;

    public bool UseRegex => useRegex;

    public void PreTokenize(NormalizedText text, List<NormalizedText> pieces)
    {
        if (text.Length == 0)
            return;
        if (addPrefixSpace && text.Characters[0] != ' ')
            text = WithSpace(text);
        for (int start = 0, end; start < text.Length; start = end)
        {
            end = useRegex ? WordPatterns.Gpt2.End(text.Characters, start) : text.Length;
            pieces.Add(ToBytes(text, start, end));
        }
    }

    static NormalizedText WithSpace(NormalizedText text)
    {
        var result = new TextRewriter(text, text.Length + 1);
        result.Append(" ", 0);
        result.Keep(0, text.Length);
        return result.Build();
    }

    static NormalizedText ToBytes(NormalizedText text, int start, int end)
    {
        var result = new TextRewriter(text, end - start);
        Span<byte> bytes = stackalloc byte[4];
        Span<char> characters = stackalloc char[4];
        for (int i = start, used; i < end; i += used)
        {
            Rune.DecodeFromUtf16(text.Characters[i..end], out var rune, out used);
            var count = rune.EncodeToUtf8(bytes);
            for (var b = 0; b < count; b++)
                characters[b] = ByteAlphabet.Characters[bytes[b]];
            result.Append(characters[..count], i);
        }
        return result.Build();
    }
}
