namespace ReasonIR.Retrieval.Collections;

/// <summary>What a reader takes into memory at once. Files themselves may be of any length.</summary>
/// <param name="RecordBytes">The longest line, CSV record or text file, in bytes after decompression.</param>
/// <param name="IdUnits">The longest id, in UTF-16 units: at three bytes each it still fits into a key of a database index (2,704 bytes).</param>
public sealed record CollectionLimits(int RecordBytes = 32 << 20, int IdUnits = 800)
{
    public static CollectionLimits Default { get; } = new();

    /// <summary>What is wrong with an id, or null: ids stand in keys, and in files with one on a line.</summary>
    internal string? IdProblem(ReadOnlySpan<char> id) =>
        id.Length == 0 || id.Length > IdUnits ? $"an id should have 1 to {IdUnits} characters, this one has {id.Length}."
        : id.IndexOfAnyInRange('\0', '\x1F') >= 0 ? "an id should hold no line break, tab or other control character."
        : null;
}
