using System.Numerics;

namespace ReasonIR.Retrieval.Bm25;

/// <summary>
/// Lucene's one-byte document length (SmallFloat.intToByte4): exact below 40, from there four significant bits above an
/// offset of 24, rounded down: 41 is stored as 40, 100 as 96.
/// </summary>
public static class LengthCode
{
    const int Exact = 24;
    static readonly int[] lengths = [.. Enumerable.Range(0, 256).Select(code => DecodeOne((byte)code))];

    /// <summary>The lengths that the 256 codes stand for, in tokens.</summary>
    public static ReadOnlySpan<int> Lengths => lengths;

    /// <param name="length">In tokens, at least 0.</param>
    public static byte Encode(int length)
    {
        if (length < Exact)
            return (byte)length;
        var rest = (uint)(length - Exact);
        var bits = 32 - BitOperations.LeadingZeroCount(rest);
        if (bits < 4)
            return (byte)(Exact + rest);
        var shift = bits - 4;
        return (byte)(Exact + ((rest >> shift & 7) | (uint)(shift + 1) << 3));
    }

    static int DecodeOne(byte code)
    {
        if (code < Exact)
            return code;
        int rest = code - Exact, shift = (rest >> 3) - 1;
        var value = shift < 0 ? rest & 7L : (8L | rest & 7L) << shift;
        return (int)Math.Min(Exact + value, int.MaxValue);
    }
}
