using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ReasonIR.Retrieval.Vectors;

/// <summary>How a processor multiplies 2-bit codes of rows with signed codes of queries; exact integers, so all give the same.</summary>
/// <typeparam name="TCodes">A register of codes.</typeparam>
/// <typeparam name="TShorts">A register of 16-bit sums.</typeparam>
unsafe interface ICodeLanes<TCodes, TShorts>
{
    /// <summary>Bytes of a register; divides 64.</summary>
    static abstract int Count { get; }

    static abstract TCodes Load(void* codes);

    /// <summary>The codes at two bits of each byte.</summary>
    static abstract TCodes Field(TCodes packed, [ConstantExpected] int place);

    static abstract TShorts MultiplyAdd(TCodes row, TCodes query, TShorts sums);

    /// <summary>Four lanes that add up to the sum of all.</summary>
    static abstract Vector128<int> Fold(TShorts sums);
}

/// <summary>AVX-512: 64 codes at once. .NET 10 has no class for its VNNI; sums of 16 bits, widened now and then, need none.</summary>
readonly unsafe struct Avx512Codes : ICodeLanes<Vector512<byte>, Vector512<short>>
{
    public static int Count => 64;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Load(void* codes) => Vector512.Load((byte*)codes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Field(Vector512<byte> packed, [ConstantExpected] int place) => (packed.AsUInt16() >> (2 * place)).AsByte() & Vector512.Create((byte)3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<short> MultiplyAdd(Vector512<byte> row, Vector512<byte> query, Vector512<short> sums) => sums + Avx512BW.MultiplyAddAdjacent(row, query.AsSByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Fold(Vector512<short> sums)
    {
        var wide = Avx512BW.MultiplyAddAdjacent(sums, Vector512.Create((short)1));
        var half = wide.GetLower() + wide.GetUpper();
        return half.GetLower() + half.GetUpper();
    }
}

/// <summary>AVX2: 32 codes at once.</summary>
readonly unsafe struct Avx2Codes : ICodeLanes<Vector256<byte>, Vector256<short>>
{
    public static int Count => 32;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Load(void* codes) => Vector256.Load((byte*)codes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Field(Vector256<byte> packed, [ConstantExpected] int place) => (packed.AsUInt16() >> (2 * place)).AsByte() & Vector256.Create((byte)3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<short> MultiplyAdd(Vector256<byte> row, Vector256<byte> query, Vector256<short> sums) => sums + Avx2.MultiplyAddAdjacent(row, query.AsSByte());

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Fold(Vector256<short> sums)
    {
        var wide = Avx2.MultiplyAddAdjacent(sums, Vector256.Create((short)1));
        return wide.GetLower() + wide.GetUpper();
    }
}

/// <summary>Any processor: 16 codes at once.</summary>
readonly unsafe struct PortableCodes : ICodeLanes<Vector128<byte>, Vector128<short>>
{
    public static int Count => 16;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Load(void* codes) => Vector128.Load((byte*)codes);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Field(Vector128<byte> packed, [ConstantExpected] int place) => (packed >> (2 * place)) & Vector128.Create((byte)3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<short> MultiplyAdd(Vector128<byte> row, Vector128<byte> query, Vector128<short> sums)
    {
        var (rowLow, rowHigh) = Vector128.Widen(row);
        var (queryLow, queryHigh) = Vector128.Widen(query.AsSByte());
        return sums + rowLow.AsInt16() * queryLow + rowHigh.AsInt16() * queryHigh;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<int> Fold(Vector128<short> sums)
    {
        var (low, high) = Vector128.Widen(sums);
        return low + high;
    }
}
