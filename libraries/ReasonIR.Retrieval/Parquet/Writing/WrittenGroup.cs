namespace ReasonIR.Retrieval.Parquet.Writing;

/// <summary>A column's pages of a row group, as the footer tells of them.</summary>
/// <param name="Offset">Of its first page in the file, bytes.</param>
/// <param name="Values">Nulls and empty lists included.</param>
/// <param name="PlainBytes">Pages with their headers before compression.</param>
/// <param name="StoredBytes">As they lie in the file.</param>
/// <param name="Pages">How many.</param>
readonly record struct WrittenChunk(long Offset, long Values, long PlainBytes, long StoredBytes, int Pages);

/// <summary>A row group that lies in the file.</summary>
sealed record WrittenGroup(long Offset, int Rows, IReadOnlyList<WrittenChunk> Chunks);
