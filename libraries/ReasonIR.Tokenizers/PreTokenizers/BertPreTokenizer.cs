using System.Text;
using ReasonIR.Tokenizers.Text;
using ReasonIR.Tokenizers.Unicode;

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
            var punctuation = Categories.IsPunctuation(rune);
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
}
