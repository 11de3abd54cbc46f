using System.Numerics.Tensors;

namespace ReasonIR.Training.Static;

/// <summary>
/// InfoNCE over a batch in both directions: each query finds its passage among all passages and all hard negatives, each passage its
/// query among all queries; the mean of both cross-entropies. Passages that two pairs share (the same key) leave each other's softmax.
/// </summary>
/// <param name="temperature">Divides the cosines.</param>
sealed class ContrastiveLoss(float temperature)
{
    /// <param name="queries">[pairs, dimension], each of length 1 or 0.</param>
    /// <param name="passages">[pairs + negatives, dimension], the positive of pair i in row i.</param>
    /// <param name="keys">Of each pair's passage; null: shared with none.</param>
    /// <param name="queryGradient">Gradient of the loss with respect to <paramref name="queries"/>.</param>
    /// <param name="passageGradient">The same for <paramref name="passages"/>.</param>
    /// <returns>The loss.</returns>
    public double Compute(float[] queries, float[] passages, string?[] keys, int passageCount, int dimension, float[] queryGradient, float[] passageGradient, int threads)
    {
        var pairs = keys.Length;
        var scores = new float[pairs * passageCount];
        MatrixProduct.Multiply(queries, passages, scores, pairs, dimension, passageCount, transposeB: true, threads);
        Mask(scores, keys, passageCount);

        var (rowLoss, columnMax, columnSum) = (new double[pairs], new float[pairs], new double[pairs]);
        Array.Fill(columnMax, float.NegativeInfinity);
        for (var i = 0; i < pairs; i++)
            TensorPrimitives.Max(columnMax, scores.AsSpan(i * passageCount, pairs), columnMax);
        // The columns' exponentials first: the rows are overwritten by the gradient.
        var columns = new float[pairs * pairs];
        Partition.Run(pairs, threads, 8, (from, to) =>
        {
            for (var i = from; i < to; i++)
            {
                var row = columns.AsSpan(i * pairs, pairs);
                TensorPrimitives.Subtract(scores.AsSpan(i * passageCount, pairs), columnMax, row);
                TensorPrimitives.Divide(row, temperature, row);
                TensorPrimitives.Exp<float>(row, row);
            }
        });
        for (var i = 0; i < pairs; i++)
            for (var j = 0; j < pairs; j++)
                columnSum[j] += columns[i * pairs + j];

        double loss = 0;
        for (var i = 0; i < pairs; i++)
            loss += Math.Log(columnSum[i]) + (columnMax[i] - scores[i * passageCount + i]) / temperature;
        var scale = 1 / (2f * pairs * temperature);
        var columnScale = Array.ConvertAll(columnSum, sum => (float)(scale / sum));
        Partition.Run(pairs, threads, 8, (from, to) =>
        {
            for (var i = from; i < to; i++)
            {
                var row = scores.AsSpan(i * passageCount, passageCount);
                var (own, max) = (row[i], TensorPrimitives.Max<float>(row));
                TensorPrimitives.Subtract(row, max, row);
                TensorPrimitives.Divide(row, temperature, row);
                TensorPrimitives.Exp<float>(row, row);
                double sum = TensorPrimitives.Sum<float>(row);
                rowLoss[i] = Math.Log(sum) + (max - own) / temperature;
                TensorPrimitives.Multiply(row, (float)(scale / sum), row);
                TensorPrimitives.MultiplyAdd(columns.AsSpan(i * pairs, pairs), columnScale, row[..pairs], row[..pairs]);
                row[i] -= 2 * scale;
            }
        });
        foreach (var value in rowLoss)
            loss += value;

        // The scores now hold the gradient with respect to the cosines.
        MatrixProduct.Multiply(scores, passages, queryGradient, pairs, passageCount, dimension, transposeB: false, threads);
        MatrixProduct.Multiply(Transpose(scores, pairs, passageCount), queries, passageGradient, passageCount, pairs, dimension, transposeB: false, threads);
        return loss / (2 * pairs);
    }

    static void Mask(float[] scores, string?[] keys, int passageCount)
    {
        var first = new Dictionary<string, List<int>>(StringComparer.Ordinal);
        for (var i = 0; i < keys.Length; i++)
            if (keys[i] is { } key)
                (first.TryGetValue(key, out var same) ? same : first[key] = []).Add(i);
        foreach (var same in first.Values)
            foreach (var i in same)
                foreach (var j in same)
                    if (i != j)
                        scores[i * passageCount + j] = float.NegativeInfinity;
    }

    static float[] Transpose(float[] matrix, int rows, int columns)
    {
        var result = new float[matrix.Length];
        for (var i = 0; i < rows; i++)
            for (var j = 0; j < columns; j++)
                result[j * rows + i] = matrix[i * columns + j];
        return result;
    }
}
