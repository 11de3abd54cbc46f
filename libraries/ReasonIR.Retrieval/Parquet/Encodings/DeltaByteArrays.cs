namespace ReasonIR.Retrieval.Parquet.Encodings;

/// <summary>DELTA_LENGTH_BYTE_ARRAY: all lengths, then all bytes.</summary>
sealed class DeltaLengths(byte[] bytes, int start, int end) : ValueReader
{
    readonly DeltaIntegers lengths = new(bytes, start, end, 8);
    int at = DeltaIntegers.EndOf(bytes, start, end);

    public override ReadOnlyMemory<byte> Next()
    {
        var length = lengths.NextInteger();
        if (length < 0 || length > end - at)
            throw new InvalidDataException($"a value states {length} bytes, {end - at} follow");
        at += (int)length;
        return bytes.AsMemory(at - (int)length, (int)length);
    }
}

/// <summary>
/// DELTA_BYTE_ARRAY: how many bytes each value shares with the one before on the same page, then the rest of each as above. Since a
/// few bytes can thus make many long values, their sum is bounded.
/// </summary>
sealed class DeltaPrefixes : ValueReader
{
    readonly DeltaIntegers prefixes;
    readonly DeltaLengths suffixes;
    readonly int? length;
    long left;
    byte[] value = new byte[256];
    int valueLength;

    /// <param name="length">The bytes that every value has, or null.</param>
    /// <param name="limit">The most bytes that all values may have together.</param>
    public DeltaPrefixes(byte[] bytes, int start, int end, int? length, long limit)
    {
        prefixes = new(bytes, start, end, 8);
        suffixes = new(bytes, DeltaIntegers.EndOf(bytes, start, end), end);
        (this.length, left) = (length, limit);
    }

    public override ReadOnlyMemory<byte> Next()
    {
        var prefix = prefixes.NextInteger();
        if (prefix < 0 || prefix > valueLength)
            throw new InvalidDataException($"a value shares {prefix} bytes with one of {valueLength}");
        var suffix = suffixes.Next();
        var whole = (int)prefix + suffix.Length;
        left -= whole;
        if (left < 0)
            throw new InvalidDataException("its values are longer together than this reader takes");
        if (length is { } expected && expected != whole)
            throw new InvalidDataException($"a value has {whole} bytes, expected {expected}");
        if (value.Length < whole)
            Array.Resize(ref value, Math.Max(whole, 2 * value.Length));
        suffix.Span.CopyTo(value.AsSpan((int)prefix));
        valueLength = whole;
        return value.AsMemory(0, whole);
    }
}
