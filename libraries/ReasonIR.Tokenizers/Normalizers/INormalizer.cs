using ReasonIR.Tokenizers.Text;

namespace ReasonIR.Tokenizers.Normalizers;

/// <summary>First stage: rewrites the text (case, accents, ...), keeping track of where each character came from.</summary>
public interface INormalizer
{
    NormalizedText Normalize(NormalizedText text);
}
