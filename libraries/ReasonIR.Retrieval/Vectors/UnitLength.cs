namespace ReasonIR.Retrieval.Vectors;

/// <summary>Prepares stored vectors and queries alike.</summary>
static class UnitLength
{
    /// <summary>Divides by the length where the metric wants it (the zero vector stays); false where a value is not finite.</summary>
    public static bool Prepare(Span<float> vector, VectorMetric metric)
    {
        // Summed in doubles: squares of finite floats can overflow a float.
        double squares = 0;
        foreach (var value in vector)
        {
            if (!float.IsFinite(value))
                return false;
            squares += (double)value * value;
        }
        if (metric == VectorMetric.Cosine && squares > 0)
        {
            var length = Math.Sqrt(squares);
            for (var i = 0; i < vector.Length; i++)
                vector[i] = (float)(vector[i] / length);
        }
        return true;
    }
}
