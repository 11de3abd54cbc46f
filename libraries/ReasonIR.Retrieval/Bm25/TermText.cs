using System.Runtime.InteropServices;
using System.Text;

namespace ReasonIR.Retrieval.Bm25;

/// <summary>A term's text in the file: one byte a character where all are ASCII, otherwise the byte 0xFF and UTF-16 units. Loses nothing.</summary>
static class TermText
{
    const byte Wide = 0xFF;

    /// <summary>The longest encoding of a term of that many UTF-16 units.</summary>
    public static int MaxBytes(int units) => 1 + 2 * units;

    /// <summary>Writes a term and returns its bytes.</summary>
    public static int Encode(ReadOnlySpan<char> term, Span<byte> target)
    {
        if (Ascii.IsValid(term))
        {
            Ascii.FromUtf16(term, target, out var written);
            return written;
        }
        target[0] = Wide;
        MemoryMarshal.AsBytes(term).CopyTo(target[1..]);
        return MaxBytes(term.Length);
    }

    /// <summary>Writes the text and returns its UTF-16 units; the target has room for one a byte.</summary>
    public static int Decode(ReadOnlySpan<byte> text, Span<char> target)
    {
        if (text.IsEmpty || text[0] != Wide)
        {
            Encoding.Latin1.GetChars(text, target);
            return text.Length;
        }
        text[1..].CopyTo(MemoryMarshal.AsBytes(target));
        return (text.Length - 1) / 2;
    }

    public static bool Equals(ReadOnlySpan<byte> text, ReadOnlySpan<char> term) =>
        text.Length > 0 && text[0] == Wide ? text[1..].SequenceEqual(MemoryMarshal.AsBytes(term)) : text.Length == term.Length && Ascii.Equals(text, term);
}
