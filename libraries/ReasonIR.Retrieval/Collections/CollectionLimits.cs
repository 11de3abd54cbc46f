namespace ReasonIR.Retrieval.Collections;

/// <summary>What a reader takes into memory at once. Files themselves may be of any length.</summary>
/// <param name="RecordBytes">The longest line, CSV record or text file, in bytes after decompression.</param>
/// <param name="IdUnits">The longest id, in UTF-16 units.</param>
public sealed record CollectionLimits(int RecordBytes = 32 << 20, int IdUnits = 4096)
{
    public static CollectionLimits Default { get; } = new();
}
