using System.Numerics.Tensors;
using ReasonIR.Retrieval.Contamination;

namespace ReasonIR.Retrieval.Seeds;

/// <summary>
/// Cheap topics: texts as hashed bags of words (signed feature hashing, K. Weinberger et al. 2009; common words weigh little), clustered by
/// spherical k-means. Good enough to spread a sample over a corpus, not to name or count its topics. 256 bytes a text.
/// </summary>
public static class TopicClusters
{
    /// <summary>Numbers of a text's vector.</summary>
    public const int Dimension = 128;

    const int Rounds = 12, FitTexts = 20_000;

    /// <summary>How often words occur over texts, by hash: common ones are weighed down.</summary>
    public sealed class WordCounts
    {
        readonly int[] counts = new int[1 << 20];

        /// <summary>Counts a text's different words.</summary>
        public void Add(List<ulong> words)
        {
            foreach (var word in words.ToHashSet())
                counts[word >> 44]++;
        }

        internal float Weight(ulong word) => 1f / (1 + counts[word >> 44]);
    }

    /// <summary>A text's vector of length 1 [<see cref="Dimension"/>]; zeros where it has no words.</summary>
    /// <param name="counts">Of the texts before it: the first texts of a stream are weighed by few.</param>
    public static Half[] Vector(List<ulong> words, WordCounts counts)
    {
        Span<float> sum = stackalloc float[Dimension];
        sum.Clear();
        foreach (var word in words)
            sum[(int)(word & (Dimension - 1))] += (word >> 32 & 1) == 0 ? MathF.Sqrt(counts.Weight(word)) : -MathF.Sqrt(counts.Weight(word));
        var length = TensorPrimitives.Norm<float>(sum);
        var vector = new Half[Dimension];
        for (var i = 0; i < Dimension && length > 0; i++)
            vector[i] = (Half)(sum[i] / length);
        return vector;
    }

    /// <summary>The cluster of each text, from 0. Deterministic.</summary>
    public static int[] Assign(IReadOnlyList<Half[]> vectors, int clusters)
    {
        clusters = Math.Min(clusters, Math.Max(1, vectors.Count));
        var step = Math.Max(1, vectors.Count / FitTexts);
        float[][] sample = [.. Enumerable.Range(0, vectors.Count).Where(place => place % step == 0).Take(FitTexts).Select(place => Float(vectors[place]))];
        // Starts spread evenly over the stream; an empty cluster keeps its center.
        float[][] centers = [.. Enumerable.Range(0, clusters).Select(cluster => (float[])sample[(int)((long)cluster * sample.Length / clusters)].Clone())];
        for (var round = 0; round < Rounds; round++)
        {
            var nearest = new int[sample.Length];
            Parallel.For(0, sample.Length, place => nearest[place] = Nearest(sample[place], centers));
            var sums = centers.Select(_ => new float[Dimension]).ToArray();
            foreach (var (place, cluster) in nearest.Index())
                TensorPrimitives.Add(sums[cluster], sample[place], sums[cluster]);
            for (var cluster = 0; cluster < clusters; cluster++)
                if (TensorPrimitives.Norm<float>(sums[cluster]) is var length and > 0)
                    TensorPrimitives.Divide(sums[cluster], length, centers[cluster]);
        }
        var assigned = new int[vectors.Count];
        Parallel.For(0, assigned.Length, place => assigned[place] = Nearest(Float(vectors[place]), centers));
        return assigned;
    }

    static int Nearest(float[] vector, float[][] centers)
    {
        var (best, which) = (float.NegativeInfinity, 0);
        for (var cluster = 0; cluster < centers.Length; cluster++)
            if (TensorPrimitives.Dot<float>(vector, centers[cluster]) is var score && score > best)
                (best, which) = (score, cluster);
        return which;
    }

    static float[] Float(Half[] vector) => Array.ConvertAll(vector, value => (float)value);
}
