namespace ReasonIR.Retrieval.Bm25;

/// <summary>
/// BRIGHT's BM25 (gensim's LuceneBM25Model on both sides): a text's term weighs idf · tf / (tf + k1 · (1 − b + b · n / avgdl)), in
/// double, stored as float, with exact lengths; the score is the dot product of the query's and the document's weights.
/// </summary>
sealed class BrightScorer(Bm25File file, Bm25Parameters parameters) : IScorer
{
    /// <summary>More than what rounding makes of a bound.</summary>
    const float Above = 1 + 1e-6f;

    public double AverageLength { get; } = file.Header.Tokens / (double)file.Header.Documents;

    public int Length(int document) => file.Lengths[document];

    public TermWeight Weigh(double occurrences, double queryTokens, int documentFrequency)
    {
        var idf = Math.Log(file.Header.Documents + 1.0) - Math.Log(documentFrequency + 0.5);
        return new(idf, (float)(idf * occurrences / (occurrences + Saturation(queryTokens))));
    }

    public void Score(TermWeight weight, ReadOnlySpan<int> documents, ReadOnlySpan<int> occurrences, Span<float> scores)
    {
        var lengths = file.Lengths;
        occurrences = occurrences[..documents.Length];
        scores = scores[..documents.Length];
        for (var i = 0; i < documents.Length; i++)
            scores[i] = Score(weight, (double)occurrences[i], lengths[documents[i]]);
    }

    public float Score(TermWeight weight, int document, int occurrences) => Score(weight, (double)occurrences, file.Lengths[document]);

    public float Bound(TermWeight weight, ulong impacts)
    {
        var bound = 0f;
        for (var i = 0; i < BlockImpacts.Pairs; i++)
        {
            var (occurrences, code) = BlockImpacts.Pair(impacts, i);
            // A code stands for the shortest of its lengths.
            bound = Math.Max(bound, occurrences == BlockImpacts.Unbounded ? weight.Query * (float)weight.Idf : Score(weight, (double)occurrences, LengthCode.Lengths[code]));
        }
        return bound * Above;
    }

    public double Highest(TermWeight weight) => weight.Query * (float)weight.Idf * Above;

    // The last bit of a float not above the lowest score: one occurrence in the longest document.
    public double Granule(TermWeight weight) => Math.ScaleB(1, Math.ILogB(Score(weight, 1.0, file.Header.LongestDocument) / Above) - 24);

    float Score(TermWeight weight, double tf, double length) => weight.Query * (float)(weight.Idf * tf / (tf + Saturation(length)));

    double Saturation(double length) => parameters.K1 * (1 - parameters.B + parameters.B * length / AverageLength);
}
