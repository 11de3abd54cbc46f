using ReasonIR.Tokenizers.Text;

namespace ReasonIR.Tokenizers.Normalizers;

/// <summary>Several normalizers, one after the other.</summary>
public sealed class SequenceNormalizer(IReadOnlyList<INormalizer> normalizers) : INormalizer
{
    public IReadOnlyList<INormalizer> Normalizers => normalizers;

    public NormalizedText Normalize(NormalizedText text) => normalizers.Aggregate(text, (current, normalizer) => normalizer.Normalize(current));
}
