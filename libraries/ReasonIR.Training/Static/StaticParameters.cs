using System.Numerics.Tensors;

namespace ReasonIR.Training.Static;

/// <summary>
/// What is trained: a row and a weight parameter a stem. A text is the sum of its words' rows, each times softplus of its weight
/// parameter, then of length 1; a text without words is zero.
/// </summary>
/// <param name="Rows">[rows, Dimension].</param>
/// <param name="Weights">[rows], before softplus.</param>
sealed record StaticParameters(float[] Rows, float[] Weights, int Dimension)
{
    public StaticParameters Copy() => new((float[])Rows.Clone(), (float[])Weights.Clone(), Dimension);

    public static float Softplus(float x) => x > 20 ? x : MathF.Log(1 + MathF.Exp(x));

    public static float Sigmoid(float x) => 1 / (1 + MathF.Exp(-x));

    /// <summary>softplus of all weight parameters.</summary>
    public float[] Factors() => Array.ConvertAll(Weights, Softplus);

    /// <summary>Vectors of texts into [texts, Dimension]; their lengths before normalizing into <paramref name="norms"/> where given.</summary>
    public void Encode(TextBatch texts, float[] factors, Memory<float> vectors, float[]? norms, int threads) =>
        Partition.Run(texts.Count, threads, 8, (from, to) =>
        {
            for (var t = from; t < to; t++)
            {
                var norm = EncodeOne(texts[t], factors, vectors.Span.Slice(t * Dimension, Dimension));
                if (norms is not null)
                    norms[t] = norm;
            }
        });

    float EncodeOne(ReadOnlySpan<int> rows, float[] factors, Span<float> vector)
    {
        vector.Clear();
        foreach (var row in rows)
            TensorPrimitives.MultiplyAdd(Rows.AsSpan(row * Dimension, Dimension), factors[row], vector, vector);
        var norm = Math.Max(TensorPrimitives.Norm<float>(vector), 1e-12f);
        TensorPrimitives.Divide(vector, norm, vector);
        return norm;
    }
}
