using ReasonIR.Retrieval.Parquet.Metadata;

namespace ReasonIR.Retrieval.Parquet.Encodings;

/// <summary>The distinct values of a column chunk, which its pages refer to.</summary>
sealed class DictionaryPage
{
    readonly List<ReadOnlyMemory<byte>> values = [];

    /// <param name="bytes">The page, unpacked; kept.</param>
    public DictionaryPage(SchemaElement element, byte[] bytes, int length, int count)
    {
        var reader = ValueReader.Open(Encoding.Plain, element, null, bytes, 0, length, count, long.MaxValue);
        for (var i = 0; i < count; i++)
            values.Add(element.Type == PhysicalType.Boolean ? reader.Next().ToArray() : reader.Next());
    }

    public ReadOnlyMemory<byte> this[int index] => (uint)index < (uint)values.Count ? values[index]
        : throw new InvalidDataException($"refers to entry {index} of a dictionary of {values.Count}");
}

/// <summary>Indexes into a dictionary: their width in one byte, then runs.</summary>
sealed class DictionaryValues(DictionaryPage dictionary, byte[] bytes, int start, int end) : ValueReader
{
    // A page of nulls alone may hold nothing at all.
    readonly RunLengthReader? indexes = start < end ? new(bytes, start + 1, end, bytes[start]) : null;

    public override ReadOnlyMemory<byte> Next() => dictionary[(indexes ?? throw Early()).Next()];
}
