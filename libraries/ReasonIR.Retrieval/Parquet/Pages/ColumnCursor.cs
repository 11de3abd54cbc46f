using System.Buffers.Binary;
using ReasonIR.Retrieval.Parquet.Compression;
using ReasonIR.Retrieval.Parquet.Encodings;
using ReasonIR.Retrieval.Parquet.Metadata;

namespace ReasonIR.Retrieval.Parquet.Pages;

/// <summary>
/// A column's rows in one row group. A list may go on on the next page, so its elements are taken over as they come; a single value
/// stays in its page until the next row.
/// </summary>
sealed class ColumnCursor(ParquetColumn column, ChunkMetadata chunk, PageReader pages, ParquetLimits limits)
{
    readonly UnpackedPage page = new();
    DictionaryPage? dictionary;
    ValueReader? values;
    RunLengthReader? repetitions, definitions;
    long chunkLeft = chunk.Values;
    int pageLeft, repetition, definition;
    bool ahead;

    public ParquetColumn Column => column;

    public int Page => pages.Number;

    /// <summary>Whether the row's value (or list) is null.</summary>
    public bool IsNull { get; private set; }

    /// <summary>The row's value, where the column has no lists and it is not null.</summary>
    public ReadOnlyMemory<byte> Value { get; private set; }

    /// <summary>The row's elements, where the column has lists and the list is not null.</summary>
    public List<object?>? Items { get; private set; }

    /// <summary>Steps to the next row.</summary>
    /// <exception cref="InvalidDataException">The column is broken, or has fewer rows than its row group states.</exception>
    public void NextRow()
    {
        if (column.IsList)
        {
            NextList();
            return;
        }
        if (!NextLevels())
            throw TooFew();
        IsNull = definition < column.DefinitionLevels;
        Value = IsNull ? default : values!.Next();
    }

    /// <summary>After the last row: whether values are left over.</summary>
    public void RequireEnd()
    {
        if (ahead || chunkLeft > 0)
            throw new InvalidDataException("has more values than its row group has rows");
    }

    void NextList()
    {
        if (!ahead && !NextLevels())
            throw TooFew();
        if (repetition != 0)
            throw new InvalidDataException("a row begins in the middle of a list");
        IsNull = definition < column.ElementLevel - 1;
        Items = IsNull ? null : [];
        do
        {
            if (definition >= column.ElementLevel)
            {
                if (Items!.Count == limits.ListItems)
                    throw new InvalidDataException($"a list has more than {limits.ListItems} elements");
                Items.Add(definition < column.DefinitionLevels ? null : ParquetValues.Read(column, values!.Next().Span));
            }
            ahead = NextLevels();
            if (ahead && repetition != 0 && (Items is null || definition < column.ElementLevel))
                throw new InvalidDataException("an empty or null list goes on");
        }
        while (ahead && repetition != 0);
    }

    bool NextLevels()
    {
        while (pageLeft == 0)
        {
            if (chunkLeft == 0)
                return false;
            NextPage();
        }
        pageLeft--;
        chunkLeft--;
        repetition = repetitions?.Next() ?? 0;
        definition = definitions?.Next() ?? column.DefinitionLevels;
        if (definition > column.DefinitionLevels || repetition > column.RepetitionLevels)
            throw new InvalidDataException("has a level that its schema does not");
        return true;
    }

    void NextPage()
    {
        var header = pages.Next(out var stored);
        if (header.Kind == PageKind.Dictionary)
        {
            if (dictionary is not null)
                throw new InvalidDataException("is a second dictionary");
            if (header.Encoding is not (Metadata.Encoding.Plain or Metadata.Encoding.PlainDictionary))
                throw new InvalidDataException($"is a dictionary of the encoding {header.Encoding}");
            var unpacked = new UnpackedPage();
            pages.Unpack(header, stored, unpacked);
            dictionary = new(column.Element, unpacked.Bytes, unpacked.Length, header.Values);
            return;
        }
        if (header.Values > chunkLeft)
            throw new InvalidDataException($"states {header.Values} values, {chunkLeft} are left in its column");
        var start = header.Kind == PageKind.DataV2 ? OpenVersion2(header, stored) : OpenVersion1(header, stored);
        values = ValueReader.Open(header.Encoding, column.Element, dictionary, page.Bytes, start, page.Length, header.Values, limits.PageBytes);
        pageLeft = header.Values;
    }

    // Levels first, each with its length, packed with the values.
    int OpenVersion1(PageHeader header, ReadOnlyMemory<byte> stored)
    {
        pages.Unpack(header, stored, page);
        var at = 0;
        repetitions = column.RepetitionLevels > 0 ? Levels(ref at, header.RepetitionEncoding, column.RepetitionLevels) : null;
        definitions = column.DefinitionLevels > 0 ? Levels(ref at, header.DefinitionEncoding, column.DefinitionLevels) : null;
        return at;
    }

    // Levels first, their lengths in the header, never packed.
    int OpenVersion2(PageHeader header, ReadOnlyMemory<byte> stored)
    {
        var levels = (long)header.RepetitionBytes + header.DefinitionBytes;
        pages.Unpack(header, stored, page, (int)Math.Min(levels, int.MaxValue));
        repetitions = column.RepetitionLevels > 0 ? new(page.Bytes, 0, header.RepetitionBytes, Bits(column.RepetitionLevels)) : null;
        definitions = column.DefinitionLevels > 0 ? new(page.Bytes, header.RepetitionBytes, (int)levels, Bits(column.DefinitionLevels)) : null;
        return (int)levels;
    }

    RunLengthReader Levels(ref int at, Metadata.Encoding encoding, int highest)
    {
        if (encoding != Metadata.Encoding.RunLength)
            throw new InvalidDataException($"its levels are written by the encoding {encoding}, which this reader does not take");
        var length = page.Length - at >= 4 ? BinaryPrimitives.ReadUInt32LittleEndian(page.Bytes.AsSpan(at)) : uint.MaxValue;
        if (length > page.Length - at - 4)
            throw new InvalidDataException("ends within its levels");
        at += 4 + (int)length;
        return new(page.Bytes, at - (int)length, at, Bits(highest));
    }

    static int Bits(int highest) => System.Numerics.BitOperations.Log2((uint)highest) + 1;

    static InvalidDataException TooFew() => new("has fewer values than its row group has rows");
}
