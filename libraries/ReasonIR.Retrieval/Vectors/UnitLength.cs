using System.Numerics.Tensors;
using System.Runtime.Intrinsics;

namespace ReasonIR.Retrieval.Vectors;

/// <summary>Prepares stored vectors and queries alike.</summary>
static class UnitLength
{
    public static bool IsFinite(ReadOnlySpan<float> vector)
    {
        // x - x is 0 for finite x and NaN otherwise.
        var sum = Vector512<float>.Zero;
        var i = 0;
        for (; i + Vector512<float>.Count <= vector.Length; i += Vector512<float>.Count)
        {
            var values = Vector512.Create(vector[i..]);
            sum += values - values;
        }
        for (; i < vector.Length; i++)
            if (!float.IsFinite(vector[i]))
                return false;
        return Vector512.EqualsAll(sum, Vector512<float>.Zero);
    }

    /// <summary>Divides finite floats by their length where the metric wants it; the zero vector stays.</summary>
    public static void Prepare(Span<float> vector, VectorMetric metric)
    {
        if (metric != VectorMetric.Cosine)
            return;
        // Summed in doubles: squares of finite floats can overflow a float.
        var squares = Squares(vector);
        if (squares == 0)
            return;
        var length = Math.Sqrt(squares);
        if (length is > 1e-30 and < 1e30)
            TensorPrimitives.Divide(vector, (float)length, vector);
        else
            for (var i = 0; i < vector.Length; i++)
                vector[i] = (float)(vector[i] / length);
    }

    static double Squares(ReadOnlySpan<float> vector)
    {
        var (low, high) = (Vector512<double>.Zero, Vector512<double>.Zero);
        var i = 0;
        for (; i + Vector512<float>.Count <= vector.Length; i += Vector512<float>.Count)
        {
            var (a, b) = Vector512.Widen(Vector512.Create(vector[i..]));
            low += a * a;
            high += b * b;
        }
        var sum = Vector512.Sum(low + high);
        for (; i < vector.Length; i++)
            sum += (double)vector[i] * vector[i];
        return sum;
    }
}
