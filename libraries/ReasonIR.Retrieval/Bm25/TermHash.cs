using System.Numerics;

namespace ReasonIR.Retrieval.Bm25;

/// <summary>The hash of a term in the file's table. Part of the format: changing it needs a new version.</summary>
static class TermHash
{
    public static uint Of(ReadOnlySpan<char> term)
    {
        var hash = 0xCBF2_9CE4_8422_2325;
        foreach (var unit in term)
            hash = (hash ^ unit) * 0x0000_0100_0000_01B3;
        // FNV's low bits depend on the low bits of the input only.
        return (uint)(hash ^ hash >> 32);
    }

    /// <summary>A power of two, at most three quarters of it filled.</summary>
    public static int BucketsFor(int terms) => checked((int)BitOperations.RoundUpToPowerOf2((uint)Math.Max(1, terms + terms / 3L + 1)));
}
