using System.Text;
using ReasonIR.Tokenizers.ByteLevel;

namespace ReasonIR.Tokenizers.PostProcessors;

/// <summary>Takes the spaces that byte-level tokens begin or end with out of their offsets (<c>trim_offsets</c>).</summary>
/// <param name="trimOffsets">False: nothing is done.</param>
/// <param name="addPrefixSpace">The pre-tokenizer sets a space before a text: a single one at its start is not the text's.</param>
public sealed class ByteLevelProcessor(bool trimOffsets, bool addPrefixSpace) : IPostProcessor
{
    public bool Arranges => false;

    public int AddedTokens(bool pair) => 0;

    public IReadOnlyList<Encoding> Process(IReadOnlyList<Encoding> parts, bool addSpecialTokens) =>
        trimOffsets ? [.. parts.Select(part => part with { Offsets = Trim(part) })] : parts;

    public void AppendIds(List<int> output, ReadOnlySpan<int> first, ReadOnlySpan<int> second, bool pair)
    {
        output.AddRange(first);
        output.AddRange(second);
    }

    List<TextRange> Trim(Encoding encoding)
    {
        var result = new List<TextRange>(encoding.Count);
        for (var i = 0; i < encoding.Count; i++)
        {
            var (start, end) = encoding.Offsets[i];
            var token = encoding.Tokens[i];
            var (leading, trailing) = (LeadingSpaces(token), TrailingSpaces(token));
            if (leading > 0)
            {
                // One space at the start may be the pre-tokenizer's own; more than one are the text's, before which it sets none.
                if (addPrefixSpace && leading == 1 && (i == 0 || start == 0))
                    leading = 0;
                start = Math.Min(start + leading, end);
            }
            if (trailing > 0 && end >= trailing)
                end = Math.Max(end - trailing, start);
            result.Add(new(start, end));
        }
        return result;
    }

    static int LeadingSpaces(string token)
    {
        var count = 0;
        foreach (var rune in token.EnumerateRunes())
        {
            if (!IsSpace(rune))
                break;
            count++;
        }
        return count;
    }

    // All white space lies in the basic plane: UTF-16 units are code points here.
    static int TrailingSpaces(string token)
    {
        var count = 0;
        while (count < token.Length && Rune.TryCreate(token[^(count + 1)], out var rune) && IsSpace(rune))
            count++;
        return count;
    }

    static bool IsSpace(Rune rune) => rune.Value == ByteAlphabet.Space || Rune.IsWhiteSpace(rune);
}
