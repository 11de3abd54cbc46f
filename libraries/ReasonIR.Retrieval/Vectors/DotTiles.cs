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

    /// <summary>Fills <paramref name="scores"/> [query × 4 + row] for the first rows and queries; the rest is left.</summary>
    public static void Floats(float* rows, nint rowStride, int rowCount, float* queries, nint stride, int queryCount, float* scores)
    {
        if (rowCount == Rows && queryCount == Queries)
            Floats4X4(rows, rowStride, queries, stride, scores);
        else if (rowCount == Rows)
            for (var q = 0; q < queryCount; q++)
                Floats4X1(rows, rowStride, queries + q * stride, stride, scores + q * Rows);
        else
            for (var q = 0; q < queryCount; q++)
                for (var r = 0; r < rowCount; r++)
                    scores[q * Rows + r] = Float(rows + r * rowStride, queries + q * stride, stride);
    }

    /// <summary>One inner product.</summary>
    public static float Float(float* row, float* query, nint length)
    {
        var sum = Vector512<float>.Zero;
        for (nint i = 0; i < length; i += Vector512<float>.Count)
            sum = Vector512.MultiplyAddEstimate(Vector512.Load(row + i), Vector512.Load(query + i), sum);
        var folded = Fold(sum);
        return folded[0] + folded[2] + (folded[1] + folded[3]);
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
        Sums(s0, s1, s2, s3).Store(scores);
    }

    static void Floats4X4(float* row, nint rowStride, float* query, nint length, float* scores)
    {
        // Named by row, then query.
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
        Sums(s00, s10, s20, s30).Store(scores);
        Sums(s01, s11, s21, s31).Store(scores + 4);
        Sums(s02, s12, s22, s32).Store(scores + 8);
        Sums(s03, s13, s23, s33).Store(scores + 12);
    }

    /// <summary>
    /// As <see cref="Floats"/> over codes: rows of 8-bit, queries widened to 16-bit; exact integers (a float holds them rounded).
    /// </summary>
    public static void Codes(sbyte* rows, nint rowStride, int rowCount, short* queries, nint stride, int queryCount, float* scores)
    {
        if (rowCount == Rows && queryCount == Queries)
            Codes4X4(rows, rowStride, queries, stride, scores);
        else
            for (var q = 0; q < queryCount; q++)
                for (var r = 0; r < rowCount; r++)
                    scores[q * Rows + r] = Code(rows + r * rowStride, queries + q * stride, stride);
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

    static void Codes4X4(sbyte* row, nint rowStride, short* query, nint length, float* scores)
    {
        Vector512<int> s00 = default, s01 = default, s02 = default, s03 = default;
        Vector512<int> s10 = default, s11 = default, s12 = default, s13 = default;
        Vector512<int> s20 = default, s21 = default, s22 = default, s23 = default;
        Vector512<int> s30 = default, s31 = default, s32 = default, s33 = default;
        for (nint i = 0; i < length; i += Vector512<short>.Count)
        {
            var q0 = Vector512.Load(query + i);
            var q1 = Vector512.Load(query + length + i);
            var q2 = Vector512.Load(query + 2 * length + i);
            var q3 = Vector512.Load(query + 3 * length + i);
            var r = Widen(row + i);
            s00 = MultiplyAdd(r, q0, s00);
            s01 = MultiplyAdd(r, q1, s01);
            s02 = MultiplyAdd(r, q2, s02);
            s03 = MultiplyAdd(r, q3, s03);
            r = Widen(row + rowStride + i);
            s10 = MultiplyAdd(r, q0, s10);
            s11 = MultiplyAdd(r, q1, s11);
            s12 = MultiplyAdd(r, q2, s12);
            s13 = MultiplyAdd(r, q3, s13);
            r = Widen(row + 2 * rowStride + i);
            s20 = MultiplyAdd(r, q0, s20);
            s21 = MultiplyAdd(r, q1, s21);
            s22 = MultiplyAdd(r, q2, s22);
            s23 = MultiplyAdd(r, q3, s23);
            r = Widen(row + 3 * rowStride + i);
            s30 = MultiplyAdd(r, q0, s30);
            s31 = MultiplyAdd(r, q1, s31);
            s32 = MultiplyAdd(r, q2, s32);
            s33 = MultiplyAdd(r, q3, s33);
        }
        Sums(s00, s10, s20, s30).Store(scores);
        Sums(s01, s11, s21, s31).Store(scores + 4);
        Sums(s02, s12, s22, s32).Store(scores + 8);
        Sums(s03, s13, s23, s33).Store(scores + 12);
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

    /// <summary>16 lanes to 4, in a fixed order.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<float> Fold(Vector512<float> lanes)
    {
        var half = lanes.GetLower() + lanes.GetUpper();
        return half.GetLower() + half.GetUpper();
    }

    /// <summary>The four sums of lanes, each in the order of <see cref="Float"/>: (0 + 2) + (1 + 3) of the folded lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<float> Sums(Vector512<float> a, Vector512<float> b, Vector512<float> c, Vector512<float> d)
    {
        var (fa, fb, fc, fd) = (Fold(a), Fold(b), Fold(c), Fold(d));
        if (!Sse.IsSupported)
            return Vector128.Create(Last(fa), Last(fb), Last(fc), Last(fd));
        var ab = Sse.UnpackLow(fa, fb) + Sse.UnpackHigh(fa, fb);
        var cd = Sse.UnpackLow(fc, fd) + Sse.UnpackHigh(fc, fd);
        return Sse.MoveLowToHigh(ab, cd) + Sse.MoveHighToLow(cd, ab);

        static float Last(Vector128<float> v) => v[0] + v[2] + (v[1] + v[3]);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<float> Sums(Vector512<int> a, Vector512<int> b, Vector512<int> c, Vector512<int> d)
    {
        var (fa, fb, fc, fd) = (Fold(a), Fold(b), Fold(c), Fold(d));
        if (!Sse2.IsSupported)
            return Vector128.ConvertToSingle(Vector128.Create(Vector128.Sum(fa), Vector128.Sum(fb), Vector128.Sum(fc), Vector128.Sum(fd)));
        var ab = Sse2.UnpackLow(fa, fb) + Sse2.UnpackHigh(fa, fb);
        var cd = Sse2.UnpackLow(fc, fd) + Sse2.UnpackHigh(fc, fd);
        return Vector128.ConvertToSingle(
            Sse2.UnpackLow(ab.AsInt64(), cd.AsInt64()).AsInt32() + Sse2.UnpackHigh(ab.AsInt64(), cd.AsInt64()).AsInt32());

        static Vector128<int> Fold(Vector512<int> lanes)
        {
            var half = lanes.GetLower() + lanes.GetUpper();
            return half.GetLower() + half.GetUpper();
        }
    }
}
