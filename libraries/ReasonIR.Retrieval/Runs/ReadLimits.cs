namespace ReasonIR.Retrieval.Runs;

/// <summary>How much a reader takes from a file it did not write; a small compressed file can hold very much.</summary>
/// <param name="LineBytes">The longest line, in bytes.</param>
/// <param name="Lines">The largest number of lines.</param>
public sealed record ReadLimits(int LineBytes, int Lines)
{
    /// <summary>For runs and judgments: 64 KiB a line, 100 million lines.</summary>
    public static ReadLimits Rankings { get; } = new(1 << 16, 100_000_000);

    /// <summary>For JSON lines with texts: 16 MiB a line, 100 million lines.</summary>
    public static ReadLimits Documents { get; } = new(1 << 24, 100_000_000);
}
