using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

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
        occurrences = occurrences[..documents.Length];
        scores = scores[..documents.Length];
        // Without checks: the cursor saw to it that the numbers are documents of the file.
        ref var lengths = ref MemoryMarshal.GetReference(file.Lengths);
        var (k1, b, rest, average) = (parameters.K1, parameters.B, 1 - parameters.B, AverageLength);
        var i = 0;
        if (Vector256.IsHardwareAccelerated)
            for (; i <= documents.Length - 4; i += 4)
            {
                var tf = Vector256.Create((double)occurrences[i], occurrences[i + 1], occurrences[i + 2], occurrences[i + 3]);
                var length = Vector256.Create(
                    (double)Unsafe.Add(ref lengths, documents[i]), Unsafe.Add(ref lengths, documents[i + 1]), Unsafe.Add(ref lengths, documents[i + 2]), Unsafe.Add(ref lengths, documents[i + 3]));
                // In the order of the plain formula, so that each rounds as it does.
                var saturation = Vector256.Create(k1) * (Vector256.Create(rest) + Vector256.Create(b) * length / Vector256.Create(average));
                var part = Vector256.Narrow(Vector256.Create(weight.Idf) * tf / (tf + saturation), Vector256<double>.Zero).GetLower();
                (part * weight.Query).CopyTo(scores[i..]);
            }
        for (; i < documents.Length; i++)
            scores[i] = Score(weight, (double)occurrences[i], Unsafe.Add(ref lengths, documents[i]));
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
