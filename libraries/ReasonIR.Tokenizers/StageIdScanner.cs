using ReasonIR.Tokenizers.Text;

namespace ReasonIR.Tokenizers;

/// <summary>Any pipeline, by its stages over a text that keeps no track of where its characters came from. Thread-safe.</summary>
sealed class StageIdScanner(TokenizerParts parts) : IIdScanner
{
    public void AppendIds(ReadOnlySpan<char> text, bool first, List<int> ids)
    {
        var whole = NormalizedText.Untracked(text, first);
        AppendIds(parts.Normalizer?.Normalize(whole) ?? whole, ids);
    }

    /// <summary>As the other, of a text that is normalized already.</summary>
    public void AppendIds(NormalizedText text, List<int> ids)
    {
        if (parts.PreTokenizer is not { } preTokenizer)
        {
            parts.Model.AppendIds(text.Characters, ids);
            return;
        }
        var pieces = new List<NormalizedText>();
        preTokenizer.PreTokenize(text, pieces);
        foreach (var piece in pieces)
            if (piece.Length > 0)
                parts.Model.AppendIds(piece.Characters, ids);
    }
}
