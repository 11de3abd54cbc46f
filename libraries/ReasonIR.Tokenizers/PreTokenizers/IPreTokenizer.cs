using ReasonIR.Tokenizers.Text;

namespace ReasonIR.Tokenizers.PreTokenizers;

/// <summary>Second stage: splits the normalized text into the pieces that the model may not cross. A piece may be rewritten too (byte-level BPE does).</summary>
public interface IPreTokenizer
{
    void PreTokenize(NormalizedText text, List<NormalizedText> pieces);
}
