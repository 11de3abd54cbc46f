namespace ReasonIR.Retrieval.Bm25;

/// <summary>
/// What a block of postings can score at most, whatever k1, b and the weight are: four pairs of occurrences (255: that many or more) and
/// the code of the shortest document with at most so many; every posting is matched by a pair that is no worse in both. A score grows with
/// the occurrences and falls with the length, so the best pair's score bounds the block. Pair i takes the bits from 16 i on: occurrences
/// in the low byte, the code above it.
/// </summary>
static class BlockImpacts
{
    public const int Pairs = 4;
    public const int Unbounded = 255;
    const ushort Absent = ushort.MaxValue;

    public static ulong Of(ReadOnlySpan<int> documents, ReadOnlySpan<int> occurrences, ReadOnlySpan<byte> lengthCodes)
    {
        Span<ushort> shortest = stackalloc ushort[Unbounded + 1];
        shortest.Fill(Absent);
        var most = 0;
        for (var i = 0; i < documents.Length; i++)
        {
            var tf = Math.Min(occurrences[i], Unbounded);
            shortest[tf] = Math.Min(shortest[tf], lengthCodes[documents[i]]);
            most = Math.Max(most, tf);
        }
        // From many occurrences to few: only a shorter document makes a further pair.
        Span<ushort> pairs = stackalloc ushort[Unbounded + 1];
        var count = 0;
        var best = Absent;
        for (var tf = most; tf > 0; tf--)
        {
            if (shortest[tf] >= best)
                continue;
            best = shortest[tf];
            pairs[count++] = (ushort)(tf | best << 8);
        }
        // Scores differ little where the occurrences are many: those are joined first.
        var joined = count - Pairs;
        ulong packed = 0;
        for (var i = 0; i < Pairs; i++)
        {
            var pair = joined <= 0 ? pairs[Math.Min(i, count - 1)] : i == 0 ? (ushort)(pairs[0] & 0xFF | pairs[joined] & 0xFF00) : pairs[joined + i];
            packed |= (ulong)pair << 16 * i;
        }
        return packed;
    }

    /// <summary>A pair's occurrences and length code.</summary>
    public static (int Occurrences, byte LengthCode) Pair(ulong impacts, int index)
    {
        var pair = (ushort)(impacts >> 16 * index);
        return (pair & 0xFF, (byte)(pair >> 8));
    }
}
