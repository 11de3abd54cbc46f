using System.Buffers;
using System.Globalization;
using System.Text;

namespace ReasonIR.Tokenizers.ByteLevel;

/// <summary>What the split patterns tell apart. Every code point is exactly one of these.</summary>
enum CharacterKind : byte
{
    /// <summary>None of the others: marks, punctuation, symbols, control characters, unassigned, lone surrogates.</summary>
    Other,

    /// <summary><c>\p{L}</c></summary>
    Letter,

    /// <summary><c>\p{N}</c></summary>
    Number,

    /// <summary><c>\s</c> but for the two of <see cref="Line"/>.</summary>
    Space,

    /// <summary><c>[\r\n]</c></summary>
    Line,

    /// <summary>Only in the table: half of a surrogate pair, the other half decides.</summary>
    Surrogate,
}

/// <summary>The kind of each code point, by a table over the basic plane.</summary>
static class CharacterKinds
{
    static readonly byte[] Basic = Build();

    /// <summary>The kind of the code point at a place, and its length in UTF-16 units.</summary>
    public static CharacterKind At(ReadOnlySpan<char> text, int at, out int length)
    {
        var kind = (CharacterKind)Basic[text[at]];
        if (kind == CharacterKind.Surrogate)
            return AtPair(text[at..], out length);
        length = 1;
        return kind;
    }

    /// <summary>The end of the run of one kind that goes on at a place; that place may be of another kind or the text's end.</summary>
    public static int SkipRun(ReadOnlySpan<char> text, int at, CharacterKind kind)
    {
        var table = Basic;
        while (at < text.Length)
        {
            var found = (CharacterKind)table[text[at]];
            if (found == kind)
            {
                at++;
                continue;
            }
            if (found != CharacterKind.Surrogate || AtPair(text[at..], out var length) != kind)
                break;
            at += length;
        }
        return at;
    }

    static CharacterKind AtPair(ReadOnlySpan<char> text, out int length)
    {
        length = 1;
        if (Rune.DecodeFromUtf16(text, out var rune, out var used) != OperationStatus.Done)
            return CharacterKind.Other;
        length = used;
        return Of(Rune.GetUnicodeCategory(rune));
    }

    static CharacterKind Of(UnicodeCategory category) => category switch
    {
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter or UnicodeCategory.ModifierLetter
            or UnicodeCategory.OtherLetter => CharacterKind.Letter,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => CharacterKind.Number,
        _ => CharacterKind.Other,
    };

    static byte[] Build()
    {
        var table = new byte[char.MaxValue + 1];
        for (var c = 0; c < table.Length; c++)
            table[c] = (byte)(char.IsSurrogate((char)c) ? CharacterKind.Surrogate
                : c is '\r' or '\n' ? CharacterKind.Line
                : char.IsWhiteSpace((char)c) ? CharacterKind.Space
                : Of(CharUnicodeInfo.GetUnicodeCategory((char)c)));
        return table;
    }
}
