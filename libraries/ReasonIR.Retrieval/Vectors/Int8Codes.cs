namespace ReasonIR.Retrieval.Vectors;

/// <summary>Symmetric 8-bit codes: value ≈ code × scale, codes −127 to 127, one scale a vector.</summary>
static class Int8Codes
{
    public const int Largest = 127;

    /// <summary>Encodes a vector and returns its scale; the zero vector has scale 0.</summary>
    public static float Encode(ReadOnlySpan<float> vector, Span<sbyte> codes)
    {
        var largest = 0f;
        foreach (var value in vector)
            largest = Math.Max(largest, Math.Abs(value));
        if (largest == 0)
        {
            codes.Clear();
            return 0;
        }
        for (var i = 0; i < vector.Length; i++)
            codes[i] = (sbyte)MathF.Round(vector[i] / largest * Largest);
        return largest / Largest;
    }
}
