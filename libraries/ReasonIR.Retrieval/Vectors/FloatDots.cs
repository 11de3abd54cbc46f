using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ReasonIR.Retrieval.Vectors;

/// <summary>
/// Inner products of up to 4 rows with up to 4 queries at once. Each product has one accumulator of 16 lanes whatever the
/// tile, so a score does not depend on the batch, the place of the row or the number of threads: bit for bit.
/// All pointers are to rows padded with zeros to a multiple of 64 bytes.
/// </summary>
static unsafe class FloatDots
{
    public const int Rows = 4, Queries = 4;

    /// <summary>Fills <paramref name="scores"/> [query × 4 + row] for the first rows and queries; the rest is left.</summary>
    public static void Floats(float* rows, nint rowStride, int rowCount, float* queries, nint queryStride, int queryCount, float* scores)
    {
        if (rowCount == Rows && queryCount == Queries)
            Floats4X4(rows, rowStride, queries, queryStride, scores);
        else if (rowCount == Rows)
            for (var q = 0; q < queryCount; q++)
                Floats4X1(rows, rowStride, queries + q * queryStride, scores + q * Rows);
        else
            for (var q = 0; q < queryCount; q++)
                for (var r = 0; r < rowCount; r++)
                    scores[q * Rows + r] = Float(rows + r * rowStride, queries + q * queryStride, rowStride);
    }

    /// <summary>One inner product.</summary>
    public static float Float(float* row, float* query, nint length)
    {
        var sum = Vector512<float>.Zero;
        for (nint i = 0; i < length; i += Vector512<float>.Count)
            sum = Vector512.MultiplyAddEstimate(Vector512.Load(row + i), Vector512.Load(query + i), sum);
        return Sum(sum);
    }

    /// <summary>The sum of 16 lanes, in the order that every product here uses.</summary>
    public static float Sum(Vector512<float> lanes)
    {
        var folded = Fold(lanes);
        return folded[0] + folded[2] + (folded[1] + folded[3]);
    }

    static void Floats4X1(float* row, nint length, float* query, float* scores)
    {
        var (s0, s1, s2, s3) = (Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero, Vector512<float>.Zero);
        for (nint i = 0; i < length; i += Vector512<float>.Count)
        {
            var q = Vector512.Load(query + i);
            s0 = Vector512.MultiplyAddEstimate(Vector512.Load(row + i), q, s0);
            s1 = Vector512.MultiplyAddEstimate(Vector512.Load(row + length + i), q, s1);
            s2 = Vector512.MultiplyAddEstimate(Vector512.Load(row + 2 * length + i), q, s2);
            s3 = Vector512.MultiplyAddEstimate(Vector512.Load(row + 3 * length + i), q, s3);
        }
        Sums(s0, s1, s2, s3).Store(scores);
    }

    static void Floats4X4(float* row, nint length, float* query, nint queryStride, float* scores)
    {
        // Named by row, then query.
        Vector512<float> s00 = default, s01 = default, s02 = default, s03 = default;
        Vector512<float> s10 = default, s11 = default, s12 = default, s13 = default;
        Vector512<float> s20 = default, s21 = default, s22 = default, s23 = default;
        Vector512<float> s30 = default, s31 = default, s32 = default, s33 = default;
        for (nint i = 0; i < length; i += Vector512<float>.Count)
        {
            var q0 = Vector512.Load(query + i);
            var q1 = Vector512.Load(query + queryStride + i);
            var q2 = Vector512.Load(query + 2 * queryStride + i);
            var q3 = Vector512.Load(query + 3 * queryStride + i);
            var r = Vector512.Load(row + i);
            s00 = Vector512.MultiplyAddEstimate(r, q0, s00);
            s01 = Vector512.MultiplyAddEstimate(r, q1, s01);
            s02 = Vector512.MultiplyAddEstimate(r, q2, s02);
            s03 = Vector512.MultiplyAddEstimate(r, q3, s03);
            r = Vector512.Load(row + length + i);
            s10 = Vector512.MultiplyAddEstimate(r, q0, s10);
            s11 = Vector512.MultiplyAddEstimate(r, q1, s11);
            s12 = Vector512.MultiplyAddEstimate(r, q2, s12);
            s13 = Vector512.MultiplyAddEstimate(r, q3, s13);
            r = Vector512.Load(row + 2 * length + i);
            s20 = Vector512.MultiplyAddEstimate(r, q0, s20);
            s21 = Vector512.MultiplyAddEstimate(r, q1, s21);
            s22 = Vector512.MultiplyAddEstimate(r, q2, s22);
            s23 = Vector512.MultiplyAddEstimate(r, q3, s23);
            r = Vector512.Load(row + 3 * length + i);
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
}
