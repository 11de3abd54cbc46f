using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ReasonIR.Retrieval.Vectors;

/// <summary>
/// Inner products of up to 4 rows with up to 4 queries at once. Each product has one accumulator of 16 lanes whatever the
/// tile, so a score does not depend on the batch, the place of the row or the number of threads: bit for bit.
/// All pointers are to rows padded with zeros to a multiple of 64 bytes.
/// </summary>
static unsafe class DotTiles
{
    public const int Rows = 4, Queries = 4;

    /// <summary>Fills <paramref name="scores"/> [row × 4 + query] for the first rows and queries; the rest is left.</summary>
    public static void Floats(float* rows, nint rowStride, int rowCount, float* queries, nint stride, int queryCount, float* scores)
    {
        if (rowCount == Rows && queryCount == Queries)
            Floats4X4(rows, rowStride, queries, stride, scores);
        else if (rowCount == Rows)
            for (var q = 0; q < queryCount; q++)
                Floats4X1(rows, rowStride, queries + q * stride, stride, scores + q);
        else
            for (var r = 0; r < rowCount; r++)
                for (var q = 0; q < queryCount; q++)
                    scores[r * Queries + q] = Float(rows + r * rowStride, queries + q * stride, stride);
    }

    /// <summary>One inner product.</summary>
    public static float Float(float* row, float* query, nint length)
    {
        var sum = Vector512<float>.Zero;
        for (nint i = 0; i < length; i += Vector512<float>.Count)
            sum = Vector512.MultiplyAddEstimate(Vector512.Load(row + i), Vector512.Load(query + i), sum);
        return Vector512.Sum(sum);
    }

    static void Floats4X1(float* row, nint rowStride, float* query, nint length, float* scores)
    {
        var (s0, s1, s2, s3) = (Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero);
        for (nint i = 0; i < length; i += Vector512<float>.Count)
        {
            var q = Vector512.Load(query + i);
            s0 = Vector512.MultiplyAddEstimate(Vector512.Load(row + i), q, s0);
            s1 = Vector512.MultiplyAddEstimate(Vector512.Load(row + rowStride + i), q, s1);
            s2 = Vector512.MultiplyAddEstimate(Vector512.Load(row + 2 * rowStride + i), q, s2);
            s3 = Vector512.MultiplyAddEstimate(Vector512.Load(row + 3 * rowStride + i), q, s3);
        }
        scores[0] = Vector512.Sum(s0);
        scores[Queries] = Vector512.Sum(s1);
        scores[2 * Queries] = Vector512.Sum(s2);
        scores[3 * Queries] = Vector512.Sum(s3);
    }

    static void Floats4X4(float* row, nint rowStride, float* query, nint length, float* scores)
    {
        Vector512<float> s00 = default, s01 = default, s02 = default, s03 = default;
        Vector512<float> s10 = default, s11 = default, s12 = default, s13 = default;
        Vector512<float> s20 = default, s21 = default, s22 = default, s23 = default;
        Vector512<float> s30 = default, s31 = default, s32 = default, s33 = default;
        for (nint i = 0; i < length; i += Vector512<float>.Count)
        {
            var q0 = Vector512.Load(query + i);
            var q1 = Vector512.Load(query + length + i);
            var q2 = Vector512.Load(query + 2 * length + i);
            var q3 = Vector512.Load(query + 3 * length + i);
            var r = Vector512.Load(row + i);
            s00 = Vector512.MultiplyAddEstimate(r, q0, s00);
            s01 = Vector512.MultiplyAddEstimate(r, q1, s01);
            s02 = Vector512.MultiplyAddEstimate(r, q2, s02);
            s03 = Vector512.MultiplyAddEstimate(r, q3, s03);
            r = Vector512.Load(row + rowStride + i);
            s10 = Vector512.MultiplyAddEstimate(r, q0, s10);
            s11 = Vector512.MultiplyAddEstimate(r, q1, s11);
            s12 = Vector512.MultiplyAddEstimate(r, q2, s12);
            s13 = Vector512.MultiplyAddEstimate(r, q3, s13);
            r = Vector512.Load(row + 2 * rowStride + i);
            s20 = Vector512.MultiplyAddEstimate(r, q0, s20);
            s21 = Vector512.MultiplyAddEstimate(r, q1, s21);
            s22 = Vector512.MultiplyAddEstimate(r, q2, s22);
            s23 = Vector512.MultiplyAddEstimate(r, q3, s23);
            r = Vector512.Load(row + 3 * rowStride + i);
            s30 = Vector512.MultiplyAddEstimate(r, q0, s30);
            s31 = Vector512.MultiplyAddEstimate(r, q1, s31);
            s32 = Vector512.MultiplyAddEstimate(r, q2, s32);
            s33 = Vector512.MultiplyAddEstimate(r, q3, s33);
        }
        Store(scores, s00, s01, s02, s03);
        Store(scores + 4, s10, s11, s12, s13);
        Store(scores + 8, s20, s21, s22, s23);
        Store(scores + 12, s30, s31, s32, s33);
    }

    /// <summary>
    /// As <see cref="Floats"/> over codes: rows of 8-bit, queries widened to 16-bit; exact integers (a float holds them rounded).
    /// </summary>
    public static void Codes(sbyte* rows, nint rowStride, int rowCount, short* queries, nint stride, int queryCount, float* scores)
    {
        for (var r = 0; r < rowCount; r++)
            if (queryCount == Queries)
                Codes1X4(rows + r * rowStride, queries, stride, scores + r * Queries);
            else
                for (var q = 0; q < queryCount; q++)
                    scores[r * Queries + q] = Code(rows + r * rowStride, queries + q * stride, stride);
    }

    static float Code(sbyte* row, short* query, nint length)
    {
        Vector512<int> s0 = default, s1 = default;
        for (nint i = 0; i < length; i += 2 * Vector512<short>.Count)
        {
            s0 = MultiplyAdd(Widen(row + i), Vector512.Load(query + i), s0);
            s1 = MultiplyAdd(Widen(row + i + Vector512<short>.Count), Vector512.Load(query + i + Vector512<short>.Count), s1);
        }
        return Vector512.Sum(s0 + s1);
    }

    static void Codes1X4(sbyte* row, short* query, nint length, float* scores)
    {
        Vector512<int> s0 = default, s1 = default, s2 = default, s3 = default;
        for (nint i = 0; i < length; i += Vector512<short>.Count)
        {
            var r = Widen(row + i);
            s0 = MultiplyAdd(r, Vector512.Load(query + i), s0);
            s1 = MultiplyAdd(r, Vector512.Load(query + length + i), s1);
            s2 = MultiplyAdd(r, Vector512.Load(query + 2 * length + i), s2);
            s3 = MultiplyAdd(r, Vector512.Load(query + 3 * length + i), s3);
        }
        scores[0] = Vector512.Sum(s0);
        scores[1] = Vector512.Sum(s1);
        scores[2] = Vector512.Sum(s2);
        scores[3] = Vector512.Sum(s3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<short> Widen(sbyte* codes)
    {
        var packed = Vector256.Load(codes);
        if (Avx512BW.IsSupported)
            return Avx512BW.ConvertToVector512Int16(packed);
        var (lower, upper) = Vector256.Widen(packed);
        return Vector512.Create(lower, upper);
    }

    /// <summary>Adds products of 16-bit lanes, in pairs, to 32-bit lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector512<int> MultiplyAdd(Vector512<short> a, Vector512<short> b, Vector512<int> sum)
    {
        if (Avx512BW.IsSupported)
            return sum + Avx512BW.MultiplyAddAdjacent(a, b);
        if (Avx2.IsSupported)
            return sum + Vector512.Create(
                Avx2.MultiplyAddAdjacent(a.GetLower(), b.GetLower()), Avx2.MultiplyAddAdjacent(a.GetUpper(), b.GetUpper()));
        // 127 × 127 fits in 16 bits.
        var (lower, upper) = Vector512.Widen(a * b);
        return sum + lower + upper;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void Store(float* scores, Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d)
    {
        scores[0] = Vector512.Sum(a);
        scores[1] = Vector512.Sum(b);
        scores[2] = Vector512.Sum(c);
        scores[3] = Vector512.Sum(d);
    }
}
