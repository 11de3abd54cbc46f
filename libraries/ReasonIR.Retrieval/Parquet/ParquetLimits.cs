namespace ReasonIR.Retrieval.Parquet;

/// <summary>What a reader takes into memory at once. Files, row groups and columns may be of any length.</summary>
/// <param name="FooterBytes">The longest footer.</param>
/// <param name="PageBytes">The longest page, packed and unpacked.</param>
/// <param name="PageValues">The most values of a page: nulls take next to no bytes.</param>
/// <param name="ListItems">The longest list.</param>
public sealed record ParquetLimits(
    int FooterBytes = 64 << 20, int PageBytes = 256 << 20, int PageValues = 1 << 24, int ListItems = 1 << 20)
{
    public static ParquetLimits Default { get; } = new();
}
