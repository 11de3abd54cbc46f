using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

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

    public TermWeight Weigh(double occurrences, double queryTokens, int documentFrequency)
    {
        var count = file.Header.DocumentsWithTerms;
        return new((float)Math.Log(1 + (count - documentFrequency + 0.5) / (documentFrequency + 0.5)), (float)occurrences);
    }

    public void Score(TermWeight weight, ReadOnlySpan<int> documents, ReadOnlySpan<int> occurrences, Span<float> scores)
    {
        occurrences = occurrences[..documents.Length];
        scores = scores[..documents.Length];
        // Without checks: the cursor saw to it that the numbers are documents of the file, and a code is a byte.
        ref var codes = ref MemoryMarshal.GetReference(file.LengthCodes);
        ref var table = ref MemoryMarshal.GetArrayDataReference(byLength);
        for (var i = 0; i < documents.Length; i++)
            scores[i] = occurrences[i] * Unsafe.Add(ref table, Unsafe.Add(ref codes, documents[i]));
        var w = W(weight);
        var vectors = MemoryMarshal.Cast<float, Vector<float>>(scores);
        for (var i = 0; i < vectors.Length; i++)
            vectors[i] = new Vector<float>(w) - new Vector<float>(w) / (Vector<float>.One + vectors[i]);
        for (var i = vectors.Length * Vector<float>.Count; i < scores.Length; i++)
            scores[i] = w - w / (1f + scores[i]);
    }

    public float Score(TermWeight weight, int document, int occurrences) => Score(W(weight), occurrences, file.LengthCodes[document]);

    // Every operation rounds monotonically, so the bound holds for the rounded scores too.
    public float Bound(TermWeight weight, ulong impacts)
    {
        var (w, bound) = (W(weight), 0f);
        for (var i = 0; i < BlockImpacts.Pairs; i++)
        {
            var (occurrences, code) = BlockImpacts.Pair(impacts, i);
            bound = Math.Max(bound, occurrences == BlockImpacts.Unbounded ? w : Score(w, occurrences, code));
        }
        return bound;
    }

    public double Highest(TermWeight weight) => W(weight);

    // w − q with q ≥ w/2 is exact and a multiple of q's last bit; otherwise it is above w/2, so its own last bit is w's or half of it.
    public double Granule(TermWeight weight) => Math.ScaleB(1, Math.ILogB(W(weight)) - 24);

    static float W(TermWeight weight) => weight.Query * (float)weight.Idf;

    float Score(float w, int occurrences, byte code) => w - w / (1f + occurrences * byLength[code]);
}
