using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace ReasonIR.Training.Static;

/// <summary>
/// Adam (Kingma and Ba 2015) with lazy updates, as torch's SparseAdam: the moments and values of a row change only in steps in which the
/// row occurs; the bias correction counts all steps.
/// </summary>
sealed class LazyAdam(StaticParameters parameters)
{
    const float Beta1 = 0.9f, Beta2 = 0.999f, Epsilon = 1e-8f;

    public float[] RowMean { get; init; } = new float[parameters.Rows.Length];

    public float[] RowSquare { get; init; } = new float[parameters.Rows.Length];

    public float[] WeightMean { get; init; } = new float[parameters.Weights.Length];

    public float[] WeightSquare { get; init; } = new float[parameters.Weights.Length];

    /// <summary>Steps done.</summary>
    public int Step { get; set; }

    /// <summary>
    /// One step from the gradient with respect to the unnormalized text vectors: a row's gradient is its factor times the sum over its
    /// occurrences; its weight's is sigmoid times that sum's product with the row.
    /// </summary>
    /// <param name="texts">The batch.</param>
    /// <param name="gradient">[texts, dimension].</param>
    /// <param name="factors">softplus of the weights as they were in the forward pass; updated for the rows that change.</param>
    /// <returns>The gradient's norm over all parameters.</returns>
    public double Update(TextBatch texts, float[] gradient, float[] factors, float learningRate, int threads)
    {
        Step++;
        var rate = (float)(learningRate * Math.Sqrt(1 - Math.Pow(Beta2, Step)) / (1 - Math.Pow(Beta1, Step)));
        var (rows, starts, owners) = ByRow(texts);
        var squares = new double[rows.Length];
        Partition.Run(rows.Length, threads, 16, (from, to) =>
        {
            var sum = new float[parameters.Dimension];
            for (var r = from; r < to; r++)
            {
                Array.Clear(sum);
                for (var at = starts[r]; at < starts[r + 1]; at++)
                    TensorPrimitives.Add(sum, gradient.AsSpan(owners[at] * sum.Length, sum.Length), sum);
                squares[r] = UpdateRow(rows[r], sum, factors, rate);
            }
        });
        return Math.Sqrt(squares.Sum());
    }

    double UpdateRow(int row, float[] sum, float[] factors, float rate)
    {
        var place = row * sum.Length;
        var values = parameters.Rows.AsSpan(place, sum.Length);
        var weightGradient = StaticParameters.Sigmoid(parameters.Weights[row]) * TensorPrimitives.Dot<float>(sum, values);
        TensorPrimitives.Multiply(sum, factors[row], sum);
        Apply(values, sum, RowMean.AsSpan(place, sum.Length), RowSquare.AsSpan(place, sum.Length), rate);
        Apply(parameters.Weights.AsSpan(row, 1), [weightGradient], WeightMean.AsSpan(row, 1), WeightSquare.AsSpan(row, 1), rate);
        factors[row] = StaticParameters.Softplus(parameters.Weights[row]);
        return TensorPrimitives.SumOfSquares<float>(sum) + weightGradient * weightGradient;
    }

    static void Apply(Span<float> values, ReadOnlySpan<float> gradient, Span<float> mean, Span<float> square, float rate)
    {
        var i = 0;
        ref var v = ref MemoryMarshal.GetReference(values);
        ref var g = ref MemoryMarshal.GetReference(gradient);
        ref var m = ref MemoryMarshal.GetReference(mean);
        ref var s = ref MemoryMarshal.GetReference(square);
        for (; i + Vector512<float>.Count <= values.Length; i += Vector512<float>.Count)
        {
            var x = Vector512.LoadUnsafe(ref g, (nuint)i);
            var first = Vector512.LoadUnsafe(ref m, (nuint)i) * Beta1 + x * (1 - Beta1);
            var second = Vector512.LoadUnsafe(ref s, (nuint)i) * Beta2 + x * x * (1 - Beta2);
            first.StoreUnsafe(ref m, (nuint)i);
            second.StoreUnsafe(ref s, (nuint)i);
            (Vector512.LoadUnsafe(ref v, (nuint)i) - first * rate / (Vector512.Sqrt(second) + Vector512.Create(Epsilon))).StoreUnsafe(ref v, (nuint)i);
        }
        for (; i < values.Length; i++)
        {
            mean[i] = mean[i] * Beta1 + gradient[i] * (1 - Beta1);
            square[i] = square[i] * Beta2 + gradient[i] * gradient[i] * (1 - Beta2);
            values[i] -= mean[i] * rate / (MathF.Sqrt(square[i]) + Epsilon);
        }
    }

    /// <summary>The rows that occur, and for each the texts that hold it (once an occurrence), in the order of the texts.</summary>
    (int[] Rows, int[] Starts, int[] Owners) ByRow(TextBatch texts)
    {
        var all = CollectionsMarshal.AsSpan(texts.Rows);
        var place = new int[parameters.Weights.Length];
        var rows = new List<int>();
        foreach (var row in all)
            if (place[row]++ == 0)
                rows.Add(row);
        var starts = new int[rows.Count + 1];
        for (var r = 0; r < rows.Count; r++)
        {
            starts[r + 1] = starts[r] + place[rows[r]];
            place[rows[r]] = starts[r];
        }
        var owners = new int[all.Length];
        for (var t = 0; t < texts.Count; t++)
            foreach (var row in texts[t])
                owners[place[row]++] = t;
        return ([.. rows], starts, owners);
    }
}
