namespace ReasonIR.Retrieval.Parquet.Compression.Zstandard;

/// <summary>What the codes of a sequence stand for, and their default tables (RFC 8878, 3.1.1.3.2).</summary>
static class SequenceCodes
{
    public static Code Lengths { get; } = new(35, 9, 6,
        [4, 3, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1]);

    public static Code Offsets { get; } = new(31, 8, 5,
        [1, 1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1]);

    public static Code Matches { get; } = new(52, 9, 6,
        [1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1]);

    /// <summary>Literals before a match, by code.</summary>
    public static ReadOnlySpan<int> LengthBase =>
    [
        0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 18, 20, 22, 24, 28, 32, 40, 48, 64, 128, 256, 512, 1024, 2048, 4096, 8192,
        16384, 32768, 65536,
    ];

    public static ReadOnlySpan<byte> LengthBits =>
        [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16];

    /// <summary>Bytes of a match, by code.</summary>
    public static ReadOnlySpan<int> MatchBase =>
    [
        3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 37, 39,
        41, 43, 47, 51, 59, 67, 83, 99, 131, 259, 515, 1027, 2051, 4099, 8195, 16387, 32771, 65539,
    ];

    public static ReadOnlySpan<byte> MatchBits =>
    [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 7, 8,
        9, 10, 11, 12, 13, 14, 15, 16,
    ];

    /// <summary>One of the three codes.</summary>
    public sealed class Code(int largestSymbol, int largestLog, int log, short[] counts)
    {
        public int LargestSymbol => largestSymbol;

        public int LargestLog => largestLog;

        public EntropyTable Default { get; } = EntropyTable.FromCounts(counts, log);
    }
}
