using System.Runtime.Intrinsics;

namespace ReasonIR.Retrieval.Vectors;

/// <summary>
/// Inner products of a query in floats with a stored row, for the final score. 16 lanes in a fixed order, as in
/// <see cref="FloatDots"/>: a score depends on nothing but the row and the query. Rows are padded to 64 bytes, queries with zeros.
/// </summary>
static unsafe class StoredDots
{
    /// <summary>A row of bfloat16.</summary>
    public static float BFloat16(ushort* row, float* query, nint length)
    {
        var sum = Vector512<float>.Zero;
        for (nint i = 0; i < length; i += Vector512<float>.Count)
        {
            var (low, high) = Vector256.Widen(Vector256.Load(row + i));
            sum = Vector512.MultiplyAddEstimate((Vector512.Create(low, high) << 16).AsSingle(), Vector512.Load(query + i), sum);
        }
        return FloatDots.Sum(sum);
    }

    /// <summary>A row of 8-bit codes.</summary>
    public static float Codes(byte* row, float scale, float* query, nint length)
    {
        var sum = Vector512<float>.Zero;
        for (nint i = 0; i < length; i += Vector512<float>.Count)
        {
            var (low, high) = Vector128.Widen(Vector128.Load(row + i));
            var (a, b) = Vector128.Widen(low);
            var (c, d) = Vector128.Widen(high);
            var codes = Vector512.Create(Vector256.Create(a, b), Vector256.Create(c, d)).AsInt32() - Vector512.Create((int)RowCodes.Zero);
            sum = Vector512.MultiplyAddEstimate(Vector512.ConvertToSingle(codes), Vector512.Load(query + i), sum);
        }
        return FloatDots.Sum(sum) * scale;
    }
}
