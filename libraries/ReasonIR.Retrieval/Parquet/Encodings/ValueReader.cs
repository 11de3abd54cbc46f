using ReasonIR.Retrieval.Parquet.Metadata;

namespace ReasonIR.Retrieval.Parquet.Encodings;

/// <summary>
/// The values of a page one after the other, each as the bytes of its physical type (little-endian; a boolean is one byte).
/// Values are made as they are asked for, so that nothing is allocated for a count that a header claims.
/// </summary>
abstract class ValueReader
{
    /// <summary>The next value; its bytes hold until the next one is asked for.</summary>
    /// <exception cref="InvalidDataException">The page holds no more, or is broken.</exception>
    public abstract ReadOnlyMemory<byte> Next();

    /// <summary>Opens a page's values.</summary>
    /// <param name="bytes">The page, unpacked.</param>
    /// <param name="start">Where the values begin.</param>
    /// <param name="end">Where they end.</param>
    /// <param name="values">How many the page states, nulls included.</param>
    /// <param name="limit">The most bytes that the page's values may have together.</param>
    public static ValueReader Open(
        Encoding encoding, SchemaElement element, DictionaryPage? dictionary, byte[] bytes, int start, int end, int values, long limit)
    {
        var type = element.Type!.Value;
        return (encoding, type) switch
        {
            (Encoding.Plain, PhysicalType.Boolean) => new PackedBooleans(bytes, start, end),
            (Encoding.Plain, PhysicalType.ByteArray) => new PlainByteArrays(bytes, start, end),
            (Encoding.Plain, _) => new PlainFixed(bytes, start, end, Width(element)),
            (Encoding.PlainDictionary or Encoding.RunLengthDictionary, _) => new DictionaryValues(
                dictionary ?? throw new InvalidDataException("refers to a dictionary that is not there"), bytes, start, end),
            (Encoding.RunLength, PhysicalType.Boolean) => new RunLengthBooleans(bytes, start, end),
            (Encoding.DeltaBinaryPacked, PhysicalType.Int32 or PhysicalType.Int64) => new DeltaIntegers(bytes, start, end, Width(element)),
            (Encoding.DeltaLengthByteArray, PhysicalType.ByteArray) => new DeltaLengths(bytes, start, end),
            (Encoding.DeltaByteArray, PhysicalType.ByteArray or PhysicalType.FixedLengthByteArray) =>
                new DeltaPrefixes(bytes, start, end, type == PhysicalType.ByteArray ? null : element.TypeLength, limit),
            (Encoding.ByteStreamSplit, not (PhysicalType.Boolean or PhysicalType.ByteArray or PhysicalType.Int96)) =>
                new SplitStreams(bytes, start, end, Width(element)),
            _ => throw new InvalidDataException($"values of the type {type} are written by the encoding {encoding}, which this reader does not take"),
        };
    }

    /// <summary>Bytes of a value of fixed width.</summary>
    public static int Width(SchemaElement element) => element.Type switch
    {
        PhysicalType.Int32 or PhysicalType.Float => 4,
        PhysicalType.Int64 or PhysicalType.Double => 8,
        PhysicalType.Int96 => 12,
        _ => element.TypeLength,
    };

    protected static InvalidDataException Early() => new("has fewer values than it states");
}
