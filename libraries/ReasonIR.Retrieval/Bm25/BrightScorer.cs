namespace ReasonIR.Retrieval.Bm25;

/// <summary>
/// BRIGHT's BM25 (gensim's LuceneBM25Model on both sides): a text's term weighs idf · tf / (tf + k1 · (1 − b + b · n / avgdl)), in
/// double, stored as float, with exact lengths; the score is the dot product of the query's and the document's weights.
/// </summary>
sealed class BrightScorer(Bm25File file, Bm25Parameters parameters) : IScorer
{
    public double AverageLength { get; } = file.Header.Tokens / (double)file.Header.Documents;

    public int Length(int document) => file.Lengths[document];

    public TermWeight Weigh(int occurrences, int queryTokens, int documentFrequency)
    {
        var idf = Math.Log(file.Header.Documents + 1.0) - Math.Log(documentFrequency + 0.5);
        return new(idf, (float)(idf * occurrences / (occurrences + Saturation(queryTokens))));
    }

    public void Add(TermWeight weight, ReadOnlySpan<int> documents, ReadOnlySpan<int> occurrences, Accumulator scores)
    {
        var lengths = file.Lengths;
        var (sums, touched) = (scores.Sums, scores.Touched);
        occurrences = occurrences[..documents.Length];
        for (var i = 0; i < documents.Length; i++)
        {
            var document = documents[i];
            double tf = occurrences[i];
            sums[document] += weight.Query * (float)(weight.Idf * tf / (tf + Saturation(lengths[document])));
            touched[document >>> Accumulator.BlockBits] = 1;
        }
    }

    public float Score(TermWeight weight, int document, int occurrences) =>
        weight.Query * (float)(weight.Idf * occurrences / (occurrences + Saturation(file.Lengths[document])));

    double Saturation(int length) => parameters.K1 * (1 - parameters.B + parameters.B * length / AverageLength);
}
