namespace ReasonIR.Retrieval.Parquet.Metadata;

/// <summary>A value as it is stored; the numbers are the format's.</summary>
enum PhysicalType { Boolean, Int32, Int64, Int96, Float, Double, ByteArray, FixedLengthByteArray }

/// <summary>Whether a node may be absent or repeated; the numbers are the format's.</summary>
enum Repetition { Required, Optional, Repeated }

/// <summary>How pages are compressed; the numbers are the format's.</summary>
enum Codec { Uncompressed, Snappy, Gzip, Lzo, Brotli, Lz4Framed, Zstd, Lz4Raw }

/// <summary>How values are written in a page; the numbers are the format's.</summary>
enum Encoding
{
    Plain = 0, PlainDictionary = 2, RunLength = 3, BitPacked = 4, DeltaBinaryPacked = 5, DeltaLengthByteArray = 6,
    DeltaByteArray = 7, RunLengthDictionary = 8, ByteStreamSplit = 9,
}

/// <summary>A node of the schema, which the footer lists depth first.</summary>
/// <param name="Type">Null for groups.</param>
/// <param name="TypeLength">Bytes of a value of fixed length.</param>
/// <param name="Children">0 for columns.</param>
/// <param name="Annotation">What the values mean.</param>
readonly record struct SchemaElement(
    string Name, PhysicalType? Type, int TypeLength, Repetition Repetition, int Children, Annotation Annotation);

/// <summary>What stored values mean, from the logical type or, in older files, the converted one.</summary>
enum Annotation
{
    None, Text, List, Map, Decimal, Date, TimeOfDay, TimestampMillis, TimestampMicros, TimestampNanos,
    UtcTimestampMillis, UtcTimestampMicros, UtcTimestampNanos, Unsigned, Signed, Null, Other,
}

/// <summary>Where a column's values of a row group lie. Offsets and sizes in bytes; 0 where the writer left them out.</summary>
readonly record struct ChunkMetadata(
    string? File, bool Encrypted, PhysicalType? Type, Codec Codec, long Values, long CompressedBytes, long DataOffset, long DictionaryOffset);

/// <summary>Rows that are stored together.</summary>
sealed record RowGroupMetadata(long Rows, IReadOnlyList<ChunkMetadata> Chunks);

/// <summary>A Parquet file's footer.</summary>
sealed record FileMetadata(
    IReadOnlyList<SchemaElement> Schema, long Rows, IReadOnlyList<RowGroupMetadata> RowGroups, string? CreatedBy);
