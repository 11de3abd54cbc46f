using ReasonIR.Tokenizers.Text;

namespace ReasonIR.Tokenizers.PreTokenizers;

/// <summary>Several pre-tokenizers, each cutting the pieces of the one before.</summary>
public sealed class SequencePreTokenizer(IReadOnlyList<IPreTokenizer> preTokenizers) : IPreTokenizer
{
    public IReadOnlyList<IPreTokenizer> PreTokenizers => preTokenizers;

    public void PreTokenize(NormalizedText text, List<NormalizedText> pieces)
    {
        List<NormalizedText> current = [text];
        foreach (var preTokenizer in preTokenizers)
        {
            var next = new List<NormalizedText>(current.Count);
            foreach (var piece in current)
                if (piece.Length > 0)
                    preTokenizer.PreTokenize(piece, next);
            current = next;
        }
        pieces.AddRange(current);
    }
}
