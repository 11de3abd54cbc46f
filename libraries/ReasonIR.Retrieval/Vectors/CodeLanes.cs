using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ReasonIR.Retrieval.Vectors;

/// <summary>How a processor multiplies unsigned codes of rows with signed codes of queries; exact integers, so all give the same.</summary>
/// <typeparam name="TCodes">A register of codes.</typeparam>
/// <typeparam name="TSums">A register of 32-bit sums.</typeparam>
unsafe interface ICodeLanes<TCodes, TSums>
{
    /// <summary>Codes in a register; divides 64.</summary>
    static abstract int Count { get; }

    static abstract TCodes Load(void* codes);

    static abstract TSums MultiplyAdd(TCodes row, TCodes query, TSums sums);

    /// <summary>Four lanes that add up to the sum of all.</summary>
    static abstract Vector128<int> Fold(TSums sums);
}

/// <summary>AVX-512: 64 codes at once.</summary>
readonly unsafe struct Avx512Codes : ICodeLanes<Vector512<byte>, Vector512<int>>
{
    public static int Count => 64;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Load(void* codes) => Vector512.Load((byte*)codes);

    // .NET 10 has no class for AVX-512 VNNI; two multiplications and an addition take its place.
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<int> MultiplyAdd(Vector512<byte> row, Vector512<byte> query, Vector512<int> sums) =>
        sums + Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(row, query.AsSByte()), Vector512.Create((short)1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Fold(Vector512<int> sums)
    {
        var half = sums.GetLower() + sums.GetUpper();
        return half.GetLower() + half.GetUpper();
    }
}

/// <summary>AVX2: 32 codes at once.</summary>
readonly unsafe struct Avx2Codes : ICodeLanes<Vector256<byte>, Vector256<int>>
{
    public static int Count => 32;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Load(void* codes) => Vector256.Load((byte*)codes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<int> MultiplyAdd(Vector256<byte> row, Vector256<byte> query, Vector256<int> sums) =>
        sums + Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(row, query.AsSByte()), Vector256.Create((short)1));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Fold(Vector256<int> sums) => sums.GetLower() + sums.GetUpper();
}

/// <summary>Any processor: 16 codes at once.</summary>
readonly unsafe struct PortableCodes : ICodeLanes<Vector128<byte>, Vector128<int>>
{
    public static int Count => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Load(void* codes) => Vector128.Load((byte*)codes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> MultiplyAdd(Vector128<byte> row, Vector128<byte> query, Vector128<int> sums)
    {
        var (rowLow, rowHigh) = Vector128.Widen(row);
        var (queryLow, queryHigh) = Vector128.Widen(query.AsSByte());
        var (a, b) = Vector128.Widen(rowLow.AsInt16() * queryLow);
        var (c, d) = Vector128.Widen(rowHigh.AsInt16() * queryHigh);
        return sums + (a + b) + (c + d);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Fold(Vector128<int> sums) => sums;
}
