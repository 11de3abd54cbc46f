using ReasonIR.Tokenizers.Text;

namespace ReasonIR.Tokenizers.PreTokenizers;

/// <summary>Pieces of so many code points, the last one shorter.</summary>
public sealed class FixedLengthPreTokenizer(int length) : IPreTokenizer
{
    public void PreTokenize(NormalizedText text, List<NormalizedText> pieces)
    {
        var characters = text.Characters;
        for (int start = 0, end; start < characters.Length; start = end)
        {
            end = start;
            for (var count = 0; count < length && end < characters.Length; count++)
                end += char.IsHighSurrogate(characters[end]) ? 2 : 1;
            pieces.Add(text.Slice(start, end - start));
        }
    }
}
