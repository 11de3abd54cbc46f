namespace ReasonIR.Retrieval.Bm25;

/// <summary>
/// Lucene 9's BM25Similarity, operation by operation in the widths that Lucene uses: floats, a sum in double. There is no factor
/// (k1 + 1). A term's score is w − w / (1 + tf · c(L)), with c from a table over the 256 length codes.
/// </summary>
sealed class LuceneScorer : IScorer
{
    readonly Bm25File file;
    readonly float[] byLength = new float[256];

    public LuceneScorer(Bm25File file, Bm25Parameters parameters)
    {
        this.file = file;
        AverageLength = (float)(file.Header.Tokens / (double)file.Header.DocumentsWithTerms);
        float k1 = (float)parameters.K1, b = (float)parameters.B, average = (float)AverageLength;
        for (var code = 0; code < byLength.Length; code++)
            byLength[code] = 1f / (k1 * (1 - b + b * LengthCode.Lengths[code] / average));
    }

    public double AverageLength { get; }

    public int Length(int document) => LengthCode.Lengths[file.LengthCodes[document]];

    public TermWeight Weigh(int occurrences, int queryTokens, int documentFrequency)
    {
        var count = file.Header.DocumentsWithTerms;
        return new((float)Math.Log(1 + (count - documentFrequency + 0.5) / (documentFrequency + 0.5)), occurrences);
    }

    public void Add(TermWeight weight, ReadOnlySpan<int> documents, ReadOnlySpan<int> occurrences, Accumulator scores)
    {
        var codes = file.LengthCodes;
        var table = byLength;
        var (sums, touched) = (scores.Sums, scores.Touched);
        var w = weight.Query * (float)weight.Idf;
        occurrences = occurrences[..documents.Length];
        for (var i = 0; i < documents.Length; i++)
        {
            var document = documents[i];
            sums[document] += w - w / (1f + occurrences[i] * table[codes[document]]);
            touched[document >>> Accumulator.BlockBits] = 1;
        }
    }

    public float Score(TermWeight weight, int document, int occurrences)
    {
        var w = weight.Query * (float)weight.Idf;
        return w - w / (1f + occurrences * byLength[file.LengthCodes[document]]);
    }
}
