using System.Numerics.Tensors;
using System.Runtime.Intrinsics;

namespace ReasonIR.Retrieval.Vectors;

/// <summary>
/// Symmetric 8-bit codes of stored vectors: value ≈ (code − 128) × scale, codes 1 to 255, one scale a vector. Unsigned, because
/// processors multiply unsigned with signed bytes: the 128 comes off again as a constant of the query.
/// </summary>
static class RowCodes
{
    public const int Largest = 127;
    public const byte Zero = 128;

    /// <summary>Encodes a vector and returns its scale; the zero vector has scale 0.</summary>
    public static float Encode(ReadOnlySpan<float> vector, Span<byte> codes)
    {
        var largest = Math.Abs(TensorPrimitives.MaxMagnitude(vector));
        if (largest == 0)
        {
            codes[..vector.Length].Fill(Zero);
            return 0;
        }
        // In doubles where a float would overflow or lose the quotient's last bits (largest near either end of the floats).
        var scale = largest / Largest;
        if (!float.IsNormal(scale) || !float.IsFinite(Largest / largest))
            for (var i = 0; i < vector.Length; i++)
                codes[i] = (byte)(Zero + (int)Math.Round((double)vector[i] / largest * Largest));
        else
            EncodeNormal(vector, codes, Largest / largest);
        return scale;
    }

    static void EncodeNormal(ReadOnlySpan<float> vector, Span<byte> codes, float factor)
    {
        var i = 0;
        for (; i + Vector512<byte>.Count <= vector.Length; i += Vector512<byte>.Count)
        {
            var (a, b) = (Four(vector[i..]), Four(vector[(i + 16)..]));
            var (c, d) = (Four(vector[(i + 32)..]), Four(vector[(i + 48)..]));
            Vector512.Narrow(Vector512.Narrow(a, b), Vector512.Narrow(c, d)).CopyTo(codes[i..]);
        }
        for (; i < vector.Length; i++)
            codes[i] = (byte)(Zero + (int)MathF.Round(vector[i] * factor));

        Vector512<uint> Four(ReadOnlySpan<float> values) => Vector512.ConvertToUInt32(
            Vector512.Round(Vector512.Create(values) * factor) + Vector512.Create((float)Zero));
    }
}
