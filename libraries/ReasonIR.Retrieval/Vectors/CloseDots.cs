using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace ReasonIR.Retrieval.Vectors;

/// <summary>Inner products of a row's 8-bit codes, as <see cref="RowCodes"/> makes them, with two codes of a query at once: exact integers on every path.</summary>
static unsafe class CloseDots
{
    const int Line = 64, LinesAhead = 16;

    /// <summary>Asks for a row's codes before they are needed.</summary>
    public static void Prefetch(byte* row, nint stride)
    {
        if (Sse.IsSupported)
            for (nint i = 0; i < Math.Min(stride, LinesAhead * Line); i += Line)
                Sse.Prefetch0(row + i);
    }

    /// <param name="first">Codes of which two neighbors have magnitudes of 128 together at most: times 255 they fit 16 bits.</param>
    /// <param name="second">Likewise.</param>
    /// <param name="stride">A multiple of 64.</param>
    public static (int First, int Second) Products(byte* row, sbyte* first, sbyte* second, nint stride)
    {
        if (Avx512BW.IsSupported)
        {
            var (a, b, ones) = (Vector512<int>.Zero, Vector512<int>.Zero, Vector512.Create((short)1));
            for (nint i = 0; i < stride; i += 64)
            {
                var codes = Vector512.Load(row + i);
                a += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(codes, Vector512.Load(first + i)), ones);
                b += Avx512BW.MultiplyAddAdjacent(Avx512BW.MultiplyAddAdjacent(codes, Vector512.Load(second + i)), ones);
            }
            return (Vector512.Sum(a), Vector512.Sum(b));
        }
        if (Avx2.IsSupported)
        {
            var (a, b, ones) = (Vector256<int>.Zero, Vector256<int>.Zero, Vector256.Create((short)1));
            for (nint i = 0; i < stride; i += 32)
            {
                var codes = Vector256.Load(row + i);
                a += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(codes, Vector256.Load(first + i)), ones);
                b += Avx2.MultiplyAddAdjacent(Avx2.MultiplyAddAdjacent(codes, Vector256.Load(second + i)), ones);
            }
            return (Vector256.Sum(a), Vector256.Sum(b));
        }
        var (sum, other) = (0, 0);
        for (nint i = 0; i < stride; i++)
            (sum, other) = (sum + row[i] * first[i], other + row[i] * second[i]);
        return (sum, other);
    }
}
