using ReasonIR.Tokenizers.ByteLevel;
using ReasonIR.Tokenizers.Text;

namespace ReasonIR.Tokenizers.PreTokenizers;

/// <summary>Split by one of the <see cref="WordPatterns"/>, each match a piece.</summary>
sealed class PatternPreTokenizer(IWordSplitter splitter) : IPreTokenizer
{
    public IWordSplitter Splitter => splitter;

    public void PreTokenize(NormalizedText text, List<NormalizedText> pieces)
    {
        for (int start = 0, end; start < text.Length; start = end)
        {
            end = splitter.End(text.Characters, start);
            pieces.Add(text.Slice(start, end - start));
        }
    }
}
