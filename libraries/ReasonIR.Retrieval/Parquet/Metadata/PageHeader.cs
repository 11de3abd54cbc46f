namespace ReasonIR.Retrieval.Parquet.Metadata;

enum PageKind { Data, Index, Dictionary, DataV2 }

/// <summary>What precedes each page of a column.</summary>
/// <param name="UncompressedBytes">What the page claims to unpack to; in version 2 with its levels.</param>
/// <param name="CompressedBytes">Its bytes in the file.</param>
/// <param name="Checksum">CRC-32 of those bytes, where the writer gave one.</param>
/// <param name="Values">Nulls and empty lists included.</param>
/// <param name="RepetitionBytes">Version 2: bytes of the repetition levels, which come first and are never compressed.</param>
/// <param name="DefinitionBytes">Version 2: bytes of the definition levels, which come next.</param>
/// <param name="Compressed">Version 2: whether the values are.</param>
readonly record struct PageHeader(
    PageKind Kind, int UncompressedBytes, int CompressedBytes, uint? Checksum, int Values, Encoding Encoding,
    Encoding DefinitionEncoding, Encoding RepetitionEncoding, int RepetitionBytes, int DefinitionBytes, bool Compressed)
{
    /// <param name="bytes">Begins with the header.</param>
    /// <param name="length">The header's own bytes.</param>
    /// <exception cref="EndOfStreamException">The header is longer than the bytes.</exception>
    /// <exception cref="InvalidDataException">It is none.</exception>
    public static PageHeader Read(ReadOnlySpan<byte> bytes, out int length)
    {
        var reader = new ThriftReader(bytes);
        var header = new PageHeader { Compressed = true, Kind = (PageKind)(-1), Values = -1, DefinitionEncoding = Encoding.RunLength, RepetitionEncoding = Encoding.RunLength };
        var field = 0;
        while (reader.Next(ref field, out var type))
            switch (field)
            {
                case 1:
                    header = header with { Kind = (PageKind)reader.Int32(type) };
                    break;
                case 2:
                    header = header with { UncompressedBytes = reader.Int32(type) };
                    break;
                case 3:
                    header = header with { CompressedBytes = reader.Int32(type) };
                    break;
                case 4:
                    header = header with { Checksum = (uint)reader.Int32(type) };
                    break;
                case 5 or 7 or 8:
                    reader.ExpectStruct(type);
                    header = field == 8 ? ReadVersion2(ref reader, header) : ReadVersion1(ref reader, header);
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        length = reader.Position;
        if (!Enum.IsDefined(header.Kind) || header.UncompressedBytes < 0 || header.CompressedBytes < 0
            || (header.Kind != PageKind.Index && header.Values < 0) || header.RepetitionBytes < 0 || header.DefinitionBytes < 0)
            throw new InvalidDataException("is not a page header");
        return header;
    }

    // Data pages of version 1, and dictionary pages, which have the first two fields of them.
    static PageHeader ReadVersion1(ref ThriftReader reader, PageHeader header)
    {
        var field = 0;
        while (reader.Next(ref field, out var type))
            switch (field)
            {
                case 1:
                    header = header with { Values = reader.Int32(type) };
                    break;
                case 2:
                    header = header with { Encoding = (Encoding)reader.Int32(type) };
                    break;
                case 3 when type == ThriftType.Int32:
                    header = header with { DefinitionEncoding = (Encoding)reader.Int32(type) };
                    break;
                case 4:
                    header = header with { RepetitionEncoding = (Encoding)reader.Int32(type) };
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        return header;
    }

    static PageHeader ReadVersion2(ref ThriftReader reader, PageHeader header)
    {
        var field = 0;
        while (reader.Next(ref field, out var type))
            switch (field)
            {
                case 1:
                    header = header with { Values = reader.Int32(type) };
                    break;
                case 4:
                    header = header with { Encoding = (Encoding)reader.Int32(type) };
                    break;
                case 5:
                    header = header with { DefinitionBytes = reader.Int32(type) };
                    break;
                case 6:
                    header = header with { RepetitionBytes = reader.Int32(type) };
                    break;
                case 7:
                    header = header with { Compressed = reader.Boolean(type) };
                    break;
                default:
                    reader.Skip(type);
                    break;
            }
        return header;
    }
}
