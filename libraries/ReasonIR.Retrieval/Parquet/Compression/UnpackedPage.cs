namespace ReasonIR.Retrieval.Parquet.Compression;

/// <summary>
/// The bytes that a page unpacks to. Grows with what is really unpacked, never with what a header claims; kept for the next page.
/// </summary>
sealed class UnpackedPage
{
    const int First = 1 << 16;

    byte[] bytes = [];

    public byte[] Bytes => bytes;

    public int Length { get; private set; }

    /// <summary>What the page states that it unpacks to, bytes.</summary>
    public int Stated { get; private set; }

    public void Begin(int stated) => (Stated, Length) = (stated, 0);

    /// <summary>Room for the next bytes, to be filled by the caller.</summary>
    /// <exception cref="InvalidDataException">The page would outgrow what it states.</exception>
    public Span<byte> Append(int count)
    {
        if (count > Stated - Length)
            throw new InvalidDataException($"unpacks to more than the {Stated} bytes that its header states");
        if (bytes.Length - Length < count)
            Array.Resize(ref bytes, (int)Math.Min(Math.Max(Stated, bytes.Length), Math.Max((long)Length + count, Math.Max(First, 2L * bytes.Length))));
        var room = bytes.AsSpan(Length, count);
        Length += count;
        return room;
    }

    /// <summary>Appends bytes that were unpacked before; they may overlap what they make.</summary>
    /// <param name="distance">How far back they begin.</param>
    /// <param name="count">How many.</param>
    /// <param name="from">Where the part begins that may be referred to.</param>
    public void Repeat(long distance, int count, int from = 0)
    {
        if (distance <= 0 || distance > Length - from)
            throw new InvalidDataException("refers to bytes before its beginning");
        var target = Append(count);
        var start = Length - count - (int)distance;
        if (distance >= count)
        {
            bytes.AsSpan(start, count).CopyTo(target);
            return;
        }
        for (var i = 0; i < count; i++)
            target[i] = bytes[start + i];
    }

    public void RequireWhole()
    {
        if (Length != Stated)
            throw new InvalidDataException($"unpacks to {Length} bytes, its header states {Stated}");
    }
}
