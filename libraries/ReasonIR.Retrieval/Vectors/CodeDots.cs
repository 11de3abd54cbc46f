using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ReasonIR.Retrieval.Vectors;

/// <summary>Which instructions multiply codes.</summary>
enum CodePath { Portable, Avx2, Avx512 }

/// <summary>Inner products of rows' 2-bit codes, as <see cref="RoughCodes"/> packs them, with queries' signed codes: exact 32-bit integers, the same on every path.</summary>
static unsafe class CodeDots
{
    /// <summary>Queries of a tile.</summary>
    public const int Queries = 4;

    const int Rows = 4;

    /// <summary>Rows to what is asked of memory.</summary>
    const int Ahead = 8;

    /// <summary>Registers of a row after which 16 bits may be full: a lane adds up 4 pairs of 3 × ±127 of each.</summary>
    const int RegistersASum = 10;

    public static CodePath Best { get; } = Avx512BW.IsSupported ? CodePath.Avx512 : Avx2.IsSupported ? CodePath.Avx2 : CodePath.Portable;

    /// <summary>Whether this processor has the instructions of a path.</summary>
    public static bool Has(CodePath path) => path <= Best;

    /// <summary>Products of rows with up to <see cref="Queries"/> queries: sums[query × sumStride + row].</summary>
    /// <param name="rows">[rowCount × stride] packed codes of rows.</param>
    /// <param name="queries">[queryCount × 4 × stride] codes of queries, zero beyond the dimension.</param>
    /// <param name="stride">Bytes of a row, a multiple of 64.</param>
    public static void Block(CodePath path, byte* rows, int rowCount, sbyte* queries, int queryCount, nint stride, int* sums, int sumStride)
    {
        switch (path)
        {
            case CodePath.Avx512:
                Block<Avx512Codes, Vector512<byte>, Vector512<short>>(rows, rowCount, queries, queryCount, stride, sums, sumStride);
                break;
            case CodePath.Avx2:
                Block<Avx2Codes, Vector256<byte>, Vector256<short>>(rows, rowCount, queries, queryCount, stride, sums, sumStride);
                break;
            default:
                Block<PortableCodes, Vector128<byte>, Vector128<short>>(rows, rowCount, queries, queryCount, stride, sums, sumStride);
                break;
        }
    }

    static void Block<TLanes, TCodes, TShorts>(byte* rows, int rowCount, sbyte* queries, int queryCount, nint stride, int* sums, int sumStride)
        where TLanes : struct, ICodeLanes<TCodes, TShorts>
        where TShorts : struct
    {
        for (var q = 0; q < queryCount; q++)
            new Span<int>(sums + q * sumStride, rowCount).Clear();
        nint most = RegistersASum * TLanes.Count / 64 * 64;
        for (nint from = 0; from < stride; from += most)
        {
            var length = Math.Min(most, stride - from);
            var some = rows + from;
            var wanted = queries + 4 * from;
            var row = 0;
            for (; row + Rows <= rowCount; row += Rows)
                if (queryCount == Queries)
                    Tile4X4<TLanes, TCodes, TShorts>(some + row * stride, stride, wanted, 4 * stride, length, sums + row, sumStride);
                else
                    for (var q = 0; q < queryCount; q++)
                        Tile4X1<TLanes, TCodes, TShorts>(some + row * stride, stride, wanted + q * 4 * stride, length, sums + q * sumStride + row);
            for (; row < rowCount; row++)
                for (var q = 0; q < queryCount; q++)
                    sums[q * sumStride + row] += Vector128.Sum(TLanes.Fold(One<TLanes, TCodes, TShorts>(some + row * stride, wanted + q * 4 * stride, length)));
        }
    }

    static TShorts One<TLanes, TCodes, TShorts>(byte* row, sbyte* query, nint length)
        where TLanes : struct, ICodeLanes<TCodes, TShorts>
        where TShorts : struct
    {
        TShorts sum = default;
        for (nint i = 0; i < length; i += TLanes.Count)
        {
            var packed = TLanes.Load(row + i);
            var q = query + Place(i);
            sum = Add<TLanes, TCodes, TShorts>(TLanes.Field(packed, 0), TLanes.Field(packed, 1), TLanes.Field(packed, 2), TLanes.Field(packed, 3), q, sum);
        }
        return sum;
    }

    static void Tile4X1<TLanes, TCodes, TShorts>(byte* row, nint stride, sbyte* query, nint length, int* sums)
        where TLanes : struct, ICodeLanes<TCodes, TShorts>
        where TShorts : struct
    {
        TShorts s0 = default, s1 = default, s2 = default, s3 = default;
        for (nint i = 0; i < length; i += TLanes.Count)
        {
            var q = query + Place(i);
            // One query takes less time than memory does: the processor is told early what comes.
            if (Sse.IsSupported)
            {
                Sse.Prefetch0(row + Ahead * stride + i);
                Sse.Prefetch0(row + (Ahead + 1) * stride + i);
                Sse.Prefetch0(row + (Ahead + 2) * stride + i);
                Sse.Prefetch0(row + (Ahead + 3) * stride + i);
            }
            var packed = TLanes.Load(row + i);
            s0 = Add<TLanes, TCodes, TShorts>(TLanes.Field(packed, 0), TLanes.Field(packed, 1), TLanes.Field(packed, 2), TLanes.Field(packed, 3), q, s0);
            packed = TLanes.Load(row + stride + i);
            s1 = Add<TLanes, TCodes, TShorts>(TLanes.Field(packed, 0), TLanes.Field(packed, 1), TLanes.Field(packed, 2), TLanes.Field(packed, 3), q, s1);
            packed = TLanes.Load(row + 2 * stride + i);
            s2 = Add<TLanes, TCodes, TShorts>(TLanes.Field(packed, 0), TLanes.Field(packed, 1), TLanes.Field(packed, 2), TLanes.Field(packed, 3), q, s2);
            packed = TLanes.Load(row + 3 * stride + i);
            s3 = Add<TLanes, TCodes, TShorts>(TLanes.Field(packed, 0), TLanes.Field(packed, 1), TLanes.Field(packed, 2), TLanes.Field(packed, 3), q, s3);
        }
        AddTo(sums, Sums(TLanes.Fold(s0), TLanes.Fold(s1), TLanes.Fold(s2), TLanes.Fold(s3)));
    }

    static void Tile4X4<TLanes, TCodes, TShorts>(byte* row, nint stride, sbyte* query, nint queryStride, nint length, int* sums, int sumStride)
        where TLanes : struct, ICodeLanes<TCodes, TShorts>
        where TShorts : struct
    {
        // Named by row, then query.
        TShorts s00 = default, s01 = default, s02 = default, s03 = default;
        TShorts s10 = default, s11 = default, s12 = default, s13 = default;
        TShorts s20 = default, s21 = default, s22 = default, s23 = default;
        TShorts s30 = default, s31 = default, s32 = default, s33 = default;
        for (nint i = 0; i < length; i += TLanes.Count)
        {
            var q0 = query + Place(i);
            sbyte* q1 = q0 + queryStride, q2 = q1 + queryStride, q3 = q2 + queryStride;
            var packed = TLanes.Load(row + i);
            var (a, b, c, d) = (TLanes.Field(packed, 0), TLanes.Field(packed, 1), TLanes.Field(packed, 2), TLanes.Field(packed, 3));
            s00 = Add<TLanes, TCodes, TShorts>(a, b, c, d, q0, s00);
            s01 = Add<TLanes, TCodes, TShorts>(a, b, c, d, q1, s01);
            s02 = Add<TLanes, TCodes, TShorts>(a, b, c, d, q2, s02);
            s03 = Add<TLanes, TCodes, TShorts>(a, b, c, d, q3, s03);
            packed = TLanes.Load(row + stride + i);
            (a, b, c, d) = (TLanes.Field(packed, 0), TLanes.Field(packed, 1), TLanes.Field(packed, 2), TLanes.Field(packed, 3));
            s10 = Add<TLanes, TCodes, TShorts>(a, b, c, d, q0, s10);
            s11 = Add<TLanes, TCodes, TShorts>(a, b, c, d, q1, s11);
            s12 = Add<TLanes, TCodes, TShorts>(a, b, c, d, q2, s12);
            s13 = Add<TLanes, TCodes, TShorts>(a, b, c, d, q3, s13);
            packed = TLanes.Load(row + 2 * stride + i);
            (a, b, c, d) = (TLanes.Field(packed, 0), TLanes.Field(packed, 1), TLanes.Field(packed, 2), TLanes.Field(packed, 3));
            s20 = Add<TLanes, TCodes, TShorts>(a, b, c, d, q0, s20);
            s21 = Add<TLanes, TCodes, TShorts>(a, b, c, d, q1, s21);
            s22 = Add<TLanes, TCodes, TShorts>(a, b, c, d, q2, s22);
            s23 = Add<TLanes, TCodes, TShorts>(a, b, c, d, q3, s23);
            packed = TLanes.Load(row + 3 * stride + i);
            (a, b, c, d) = (TLanes.Field(packed, 0), TLanes.Field(packed, 1), TLanes.Field(packed, 2), TLanes.Field(packed, 3));
            s30 = Add<TLanes, TCodes, TShorts>(a, b, c, d, q0, s30);
            s31 = Add<TLanes, TCodes, TShorts>(a, b, c, d, q1, s31);
            s32 = Add<TLanes, TCodes, TShorts>(a, b, c, d, q2, s32);
            s33 = Add<TLanes, TCodes, TShorts>(a, b, c, d, q3, s33);
        }
        AddTo(sums, Sums(TLanes.Fold(s00), TLanes.Fold(s10), TLanes.Fold(s20), TLanes.Fold(s30)));
        AddTo(sums + sumStride, Sums(TLanes.Fold(s01), TLanes.Fold(s11), TLanes.Fold(s21), TLanes.Fold(s31)));
        AddTo(sums + 2 * sumStride, Sums(TLanes.Fold(s02), TLanes.Fold(s12), TLanes.Fold(s22), TLanes.Fold(s32)));
        AddTo(sums + 3 * sumStride, Sums(TLanes.Fold(s03), TLanes.Fold(s13), TLanes.Fold(s23), TLanes.Fold(s33)));
    }

    /// <summary>Where the query's codes lie that belong to the first field of a byte: 64 bytes of a row are 256 components.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static nint Place(nint i) => 4 * (i & ~63) + (i & 63);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static TShorts Add<TLanes, TCodes, TShorts>(TCodes a, TCodes b, TCodes c, TCodes d, sbyte* query, TShorts sum)
        where TLanes : struct, ICodeLanes<TCodes, TShorts>
        where TShorts : struct =>
        TLanes.MultiplyAdd(d, TLanes.Load(query + 192), TLanes.MultiplyAdd(c, TLanes.Load(query + 128), TLanes.MultiplyAdd(b, TLanes.Load(query + 64), TLanes.MultiplyAdd(a, TLanes.Load(query), sum))));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    static void AddTo(int* sums, Vector128<int> more) => (Vector128.Load(sums) + more).Store(sums);

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
