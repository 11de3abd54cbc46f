namespace ReasonIR.Tokenizers.PostProcessors;

/// <summary>A piece of a template: one of the two texts (<paramref name="Sequence"/> 0 or 1), or special tokens.</summary>
/// <param name="TypeId">The type id of all its tokens; null: a text keeps its own.</param>
public sealed record TemplatePiece(int? Sequence, IReadOnlyList<(int Id, string Token)> Special, int? TypeId)
{
    public static TemplatePiece Text(int sequence, int? typeId) => new(sequence, [], typeId);

    public static TemplatePiece SpecialToken(int id, string token, int typeId) => new(null, [(id, token)], typeId);
}

/// <summary>TemplateProcessing, and BERT's and RoBERTa's processors as the templates that they are.</summary>
/// <param name="single">For one text.</param>
/// <param name="pair">For two.</param>
/// <param name="typesWithoutSpecials">Whether the template's type ids hold when no special tokens are added (BertProcessing leaves them as they are).</param>
public sealed class TemplateProcessor(IReadOnlyList<TemplatePiece> single, IReadOnlyList<TemplatePiece> pair, bool typesWithoutSpecials) : IPostProcessor
{
    /// <summary>BERT: <c>[CLS] A [SEP]</c>, <c>[CLS] A [SEP] B [SEP]</c>.</summary>
    public static TemplateProcessor Bert((string Token, int Id) cls, (string Token, int Id) sep)
    {
        var (first, middle) = (TemplatePiece.SpecialToken(cls.Id, cls.Token, 0), TemplatePiece.SpecialToken(sep.Id, sep.Token, 0));
        return new([first, TemplatePiece.Text(0, 0), middle],
            [first, TemplatePiece.Text(0, 0), middle, TemplatePiece.Text(1, 1), TemplatePiece.SpecialToken(sep.Id, sep.Token, 1)], typesWithoutSpecials: false);
    }

    /// <summary>RoBERTa: <c>&lt;s&gt; A &lt;/s&gt;</c>, <c>&lt;s&gt; A &lt;/s&gt; &lt;/s&gt; B &lt;/s&gt;</c>, all of type 0.</summary>
    public static TemplateProcessor Roberta((string Token, int Id) cls, (string Token, int Id) sep)
    {
        var (begin, end) = (TemplatePiece.SpecialToken(cls.Id, cls.Token, 0), TemplatePiece.SpecialToken(sep.Id, sep.Token, 0));
        return new([begin, TemplatePiece.Text(0, 0), end],
            [begin, TemplatePiece.Text(0, 0), end, end, TemplatePiece.Text(1, 0), end], typesWithoutSpecials: true);
    }

    public bool Arranges => true;

    public int AddedTokens(bool isPair) => (isPair ? pair : single).Sum(piece => piece.Special.Count);

    public IReadOnlyList<Encoding> Process(IReadOnlyList<Encoding> parts, bool addSpecialTokens)
    {
        var result = new List<Encoding>();
        foreach (var piece in parts.Count == 1 ? single : pair)
        {
            var part = new EncodingBuilder(piece.Sequence is { } half ? parts[half].Count : piece.Special.Count);
            if (piece.Sequence is { } sequence)
                part.Append(parts[sequence], addSpecialTokens || typesWithoutSpecials ? piece.TypeId : null);
            else if (addSpecialTokens)
                foreach (var (id, token) in piece.Special)
                    part.Add(id, token, default, piece.TypeId ?? 0, null, isSpecial: true);
            result.Add(part.Build());
        }
        return result;
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
