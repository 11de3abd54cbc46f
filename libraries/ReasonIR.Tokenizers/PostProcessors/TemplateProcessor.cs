namespace ReasonIR.Tokenizers.PostProcessors;

/// <summary>A piece of a template: one of the two texts (<paramref name="Sequence"/> 0 or 1), or special tokens.</summary>
public sealed record TemplatePiece(int? Sequence, IReadOnlyList<(int Id, string Token)> Special, int TypeId)
{
    public static TemplatePiece Text(int sequence, int typeId) => new(sequence, [], typeId);

    public static TemplatePiece SpecialToken(int id, string token, int typeId) => new(null, [(id, token)], typeId);
}

/// <summary>TemplateProcessing, and BertProcessing as the template that it is: <c>[CLS] A [SEP]</c>, <c>[CLS] A [SEP] B [SEP]</c>.</summary>
/// <param name="single">For one text.</param>
/// <param name="pair">For two.</param>
/// <param name="typesWithoutSpecials">Whether the template's type ids hold when no special tokens are added (BertProcessing leaves them as they are).</param>
public sealed class TemplateProcessor(IReadOnlyList<TemplatePiece> single, IReadOnlyList<TemplatePiece> pair, bool typesWithoutSpecials) : IPostProcessor
{
    /// <summary>BERT's own form.</summary>
    public static TemplateProcessor Bert((string Token, int Id) cls, (string Token, int Id) sep)
    {
        var (first, middle) = (TemplatePiece.SpecialToken(cls.Id, cls.Token, 0), TemplatePiece.SpecialToken(sep.Id, sep.Token, 0));
        return new([first, TemplatePiece.Text(0, 0), middle],
            [first, TemplatePiece.Text(0, 0), middle, TemplatePiece.Text(1, 1), TemplatePiece.SpecialToken(sep.Id, sep.Token, 1)], typesWithoutSpecials: false);
    }

    public int AddedTokens(bool isPair) => (isPair ? pair : single).Sum(piece => piece.Special.Count);

    public Encoding Process(Encoding first, Encoding? second, bool addSpecialTokens)
    {
        var result = new EncodingBuilder(first.Count + (second?.Count ?? 0) + 4);
        foreach (var piece in second is null ? single : pair)
            if (piece.Sequence is { } sequence)
                result.Append(sequence == 0 ? first : second!, addSpecialTokens || typesWithoutSpecials ? piece.TypeId : null);
            else if (addSpecialTokens)
                foreach (var (id, token) in piece.Special)
                    result.Add(id, token, default, piece.TypeId, null, isSpecial: true);
        return result.Build();
    }

    public void AppendIds(List<int> output, ReadOnlySpan<int> first, ReadOnlySpan<int> second, bool isPair)
    {
        foreach (var piece in isPair ? pair : single)
            if (piece.Sequence is { } sequence)
                output.AddRange(sequence == 0 ? first : second);
            else
                foreach (var (id, _) in piece.Special)
                    output.Add(id);
    }
}
