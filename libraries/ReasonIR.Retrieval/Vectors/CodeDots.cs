using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ReasonIR.Retrieval.Vectors;

/// <summary>Which instructions multiply codes.</summary>
enum CodePath { Portable, Avx2, Avx512 }

/// <summary>Inner products of codes: exact 32-bit integers, the same on every path.</summary>
static unsafe class CodeDots
{
    /// <summary>Queries of a tile.</summary>
    public const int Queries = 4;

    const int Rows = 4;

    public static CodePath Best { get; } = Avx512BW.IsSupported ? CodePath.Avx512 : Avx2.IsSupported ? CodePath.Avx2 : CodePath.Portable;

    /// <summary>Whether this processor has the instructions of a path.</summary>
    public static bool Has(CodePath path) => path <= Best;

    /// <summary>Products of rows with up to <see cref="Queries"/> queries: sums[query × sumStride + row].</summary>
    /// <param name="rows">[rowCount × stride] codes of rows.</param>
    /// <param name="queries">[queryCount × stride] codes of queries, zero beyond the dimension.</param>
    /// <param name="stride">A multiple of 64.</param>
    public static void Block(CodePath path, byte* rows, int rowCount, sbyte* queries, int queryCount, nint stride, int* sums, int sumStride)
    {
        switch (path)
        {
            case CodePath.Avx512:
                Block<Avx512Codes, Vector512<byte>, Vector512<int>>(rows, rowCount, queries, queryCount, stride, sums, sumStride);
                break;
            case CodePath.Avx2:
                Block<Avx2Codes, Vector256<byte>, Vector256<int>>(rows, rowCount, queries, queryCount, stride, sums, sumStride);
                break;
            default:
                Block<PortableCodes, Vector128<byte>, Vector128<int>>(rows, rowCount, queries, queryCount, stride, sums, sumStride);
                break;
        }
    }

    static void Block<TLanes, TCodes, TSums>(byte* rows, int rowCount, sbyte* queries, int queryCount, nint stride, int* sums, int sumStride)
        where TLanes : struct, ICodeLanes<TCodes, TSums>
        where TSums : struct
    {
        var row = 0;
        for (; row + Rows <= rowCount; row += Rows)
            if (queryCount == Queries)
                Tile4X4<TLanes, TCodes, TSums>(rows + row * stride, queries, stride, sums + row, sumStride);
            else
                for (var q = 0; q < queryCount; q++)
                    Tile4X1<TLanes, TCodes, TSums>(rows + row * stride, queries + q * stride, stride, sums + q * sumStride + row);
        for (; row < rowCount; row++)
            for (var q = 0; q < queryCount; q++)
            {
                TSums sum = default;
                for (nint i = 0; i < stride; i += TLanes.Count)
                    sum = TLanes.MultiplyAdd(TLanes.Load(rows + row * stride + i), TLanes.Load(queries + q * stride + i), sum);
                sums[q * sumStride + row] = Vector128.Sum(TLanes.Fold(sum));
            }
    }

    static void Tile4X1<TLanes, TCodes, TSums>(byte* row, sbyte* query, nint stride, int* sums)
        where TLanes : struct, ICodeLanes<TCodes, TSums>
        where TSums : struct
    {
        TSums s0 = default, s1 = default, s2 = default, s3 = default;
        for (nint i = 0; i < stride; i += TLanes.Count)
        {
            var q = TLanes.Load(query + i);
            s0 = TLanes.MultiplyAdd(TLanes.Load(row + i), q, s0);
            s1 = TLanes.MultiplyAdd(TLanes.Load(row + stride + i), q, s1);
            s2 = TLanes.MultiplyAdd(TLanes.Load(row + 2 * stride + i), q, s2);
            s3 = TLanes.MultiplyAdd(TLanes.Load(row + 3 * stride + i), q, s3);
        }
        Sums(TLanes.Fold(s0), TLanes.Fold(s1), TLanes.Fold(s2), TLanes.Fold(s3)).Store(sums);
    }

    static void Tile4X4<TLanes, TCodes, TSums>(byte* row, sbyte* query, nint stride, int* sums, int sumStride)
        where TLanes : struct, ICodeLanes<TCodes, TSums>
        where TSums : struct
    {
        // Named by row, then query.
        TSums s00 = default, s01 = default, s02 = default, s03 = default;
        TSums s10 = default, s11 = default, s12 = default, s13 = default;
        TSums s20 = default, s21 = default, s22 = default, s23 = default;
        TSums s30 = default, s31 = default, s32 = default, s33 = default;
        for (nint i = 0; i < stride; i += TLanes.Count)
        {
            var q0 = TLanes.Load(query + i);
            var q1 = TLanes.Load(query + stride + i);
            var q2 = TLanes.Load(query + 2 * stride + i);
            var q3 = TLanes.Load(query + 3 * stride + i);
            var r = TLanes.Load(row + i);
            s00 = TLanes.MultiplyAdd(r, q0, s00);
            s01 = TLanes.MultiplyAdd(r, q1, s01);
            s02 = TLanes.MultiplyAdd(r, q2, s02);
            s03 = TLanes.MultiplyAdd(r, q3, s03);
            r = TLanes.Load(row + stride + i);
            s10 = TLanes.MultiplyAdd(r, q0, s10);
            s11 = TLanes.MultiplyAdd(r, q1, s11);
            s12 = TLanes.MultiplyAdd(r, q2, s12);
            s13 = TLanes.MultiplyAdd(r, q3, s13);
            r = TLanes.Load(row + 2 * stride + i);
            s20 = TLanes.MultiplyAdd(r, q0, s20);
            s21 = TLanes.MultiplyAdd(r, q1, s21);
            s22 = TLanes.MultiplyAdd(r, q2, s22);
            s23 = TLanes.MultiplyAdd(r, q3, s23);
            r = TLanes.Load(row + 3 * stride + i);
            s30 = TLanes.MultiplyAdd(r, q0, s30);
            s31 = TLanes.MultiplyAdd(r, q1, s31);
            s32 = TLanes.MultiplyAdd(r, q2, s32);
            s33 = TLanes.MultiplyAdd(r, q3, s33);
        }
        Sums(TLanes.Fold(s00), TLanes.Fold(s10), TLanes.Fold(s20), TLanes.Fold(s30)).Store(sums);
        Sums(TLanes.Fold(s01), TLanes.Fold(s11), TLanes.Fold(s21), TLanes.Fold(s31)).Store(sums + sumStride);
        Sums(TLanes.Fold(s02), TLanes.Fold(s12), TLanes.Fold(s22), TLanes.Fold(s32)).Store(sums + 2 * sumStride);
        Sums(TLanes.Fold(s03), TLanes.Fold(s13), TLanes.Fold(s23), TLanes.Fold(s33)).Store(sums + 3 * sumStride);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static Vector128<int> Sums(Vector128<int> a, Vector128<int> b, Vector128<int> c, Vector128<int> d)
    {
        if (!Sse2.IsSupported)
            return Vector128.Create(Vector128.Sum(a), Vector128.Sum(b), Vector128.Sum(c), Vector128.Sum(d));
        var ab = Sse2.UnpackLow(a, b) + Sse2.UnpackHigh(a, b);
        var cd = Sse2.UnpackLow(c, d) + Sse2.UnpackHigh(c, d);
        return Sse2.UnpackLow(ab.AsInt64(), cd.AsInt64()).AsInt32() + Sse2.UnpackHigh(ab.AsInt64(), cd.AsInt64()).AsInt32();
    }
}
