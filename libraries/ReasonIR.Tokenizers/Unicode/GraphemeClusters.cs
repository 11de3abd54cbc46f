using System.Globalization;
using System.Text;

namespace ReasonIR.Tokenizers.Unicode;

/// <summary>Extended grapheme clusters (UAX 29) of Unicode 17.0, which Hugging Face's library has; .NET 10 has 16.0.</summary>
static class GraphemeClusters
{
    /// <summary>First and last code points of the marks that came with 17.0: they go on a cluster.</summary>
    static ReadOnlySpan<int> LaterMarks =>
    [
        0x1ACF, 0x1ADD, 0x1AE0, 0x1AEB, 0x10EFA, 0x10EFB, 0x11B60, 0x11B67, 0x1E6E3, 0x1E6E3, 0x1E6E6, 0x1E6E6, 0x1E6EE, 0x1E6EF, 0x1E6F5, 0x1E6F5,
    ];

    /// <summary>Where the cluster that begins a non-empty text ends, in UTF-16 units.</summary>
    public static int FirstLength(ReadOnlySpan<char> text)
    {
        var end = StringInfo.GetNextTextElementLength(text);
        if (end == text.Length || !IsLaterMark(RuneAt(text[end..])))
            return end;
        Rune.DecodeLastFromUtf16(text[..end], out var last, out _);
        // A control character takes no mark.
        if (!Joins(last, new('\u0300')))
            return end;
        while (end < text.Length && RuneAt(text[end..]) is var rune && (IsLaterMark(rune) || Joins(new('\u0300'), rune)))
            end += rune.Utf16SequenceLength;
        return end;
    }

    static bool Joins(Rune first, Rune second)
    {
        Span<char> pair = stackalloc char[4];
        var length = first.EncodeToUtf16(pair);
        length += second.EncodeToUtf16(pair[length..]);
        return StringInfo.GetNextTextElementLength(pair[..length]) == length;
    }

    static Rune RuneAt(ReadOnlySpan<char> text)
    {
        Rune.DecodeFromUtf16(text, out var rune, out _);
        return rune;
    }

    static bool IsLaterMark(Rune rune) => CodePointRanges.Contain(LaterMarks, rune.Value);
}
