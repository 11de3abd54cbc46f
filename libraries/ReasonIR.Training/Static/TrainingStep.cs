using System.Numerics.Tensors;

namespace ReasonIR.Training.Static;

/// <summary>One step: encode the pairs, compare them, send the gradient back through the normalization, update the rows that occur.</summary>
sealed class TrainingStep(StaticParameters parameters, LazyAdam adam, float temperature, int threads)
{
    readonly ContrastiveLoss loss = new(temperature);
    readonly float[] factors = parameters.Factors();

    /// <param name="batch">Queries, then positives in the same order, then hard negatives.</param>
    /// <param name="keys">Of each pair's passage.</param>
    public (double Loss, double GradientNorm) Run(TextBatch batch, string?[] keys, float learningRate)
    {
        var (value, gradient) = Gradient(batch, keys);
        return (value, adam.Update(batch, gradient, factors, learningRate, threads));
    }

    /// <summary>The loss and its gradient with respect to the texts' unnormalized vectors, [texts, dimension].</summary>
    public (double Loss, float[] Gradient) Gradient(TextBatch batch, string?[] keys)
    {
        var (dimension, pairs) = (parameters.Dimension, keys.Length);
        var (vectors, norms) = (new float[batch.Count * dimension], new float[batch.Count]);
        parameters.Encode(batch, factors, vectors, norms, threads);
        var (queries, passages) = (vectors[..(pairs * dimension)], vectors[(pairs * dimension)..]);
        var (queryGradient, passageGradient) = (new float[queries.Length], new float[passages.Length]);
        var value = loss.Compute(queries, passages, keys, batch.Count - pairs, dimension, queryGradient, passageGradient, threads);

        var gradient = new float[vectors.Length];
        queryGradient.CopyTo(gradient, 0);
        passageGradient.CopyTo(gradient, queryGradient.Length);
        Partition.Run(batch.Count, threads, 16, (from, to) =>
        {
            for (var t = from; t < to; t++)
            {
                // d(x / |x|): the part across the vector, over its length.
                var g = gradient.AsSpan(t * dimension, dimension);
                var y = vectors.AsSpan(t * dimension, dimension);
                TensorPrimitives.MultiplyAdd(y, -TensorPrimitives.Dot<float>(g, y), g, g);
                TensorPrimitives.Divide(g, norms[t], g);
            }
        });
        return (value, gradient);
    }
}
