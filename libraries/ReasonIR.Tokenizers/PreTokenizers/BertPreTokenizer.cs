using System.Globalization;
using System.Text;
using ReasonIR.Tokenizers.Text;

namespace ReasonIR.Tokenizers.PreTokenizers;

/// <summary>Splits at white space, which is dropped, and makes each punctuation character a piece of its own.</summary>
public sealed class BertPreTokenizer : IPreTokenizer
{
    public void PreTokenize(NormalizedText text, List<NormalizedText> pieces)
    {
        var characters = text.Characters;
        var start = 0;
        for (int i = 0, used; i < characters.Length; i += used)
        {
            Rune.DecodeFromUtf16(characters[i..], out var rune, out used);
            var punctuation = IsPunctuation(rune);
            if (!punctuation && !Rune.IsWhiteSpace(rune))
                continue;
            if (start < i)
                pieces.Add(text.Slice(start, i - start));
            if (punctuation)
                pieces.Add(text.Slice(i, used));
            start = i + used;
        }
        if (start < characters.Length)
            pieces.Add(text.Slice(start, characters.Length - start));
    }

    /// <summary>ASCII's punctuation (symbols such as <c>$</c> and <c>+</c> included) or Unicode's categories P*.</summary>
    public static bool IsPunctuation(Rune rune) =>
        rune.IsAscii
            ? rune.Value is >= '!' and <= '/' or >= ':' and <= '@' or >= '[' and <= '`' or >= '{' and <= '~'
            : Rune.GetUnicodeCategory(rune) is UnicodeCategory.ConnectorPunctuation or UnicodeCategory.DashPunctuation
                or UnicodeCategory.OpenPunctuation or UnicodeCategory.ClosePunctuation or UnicodeCategory.InitialQuotePunctuation
                or UnicodeCategory.FinalQuotePunctuation or UnicodeCategory.OtherPunctuation;
}
