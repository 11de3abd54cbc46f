namespace ReasonIR.Retrieval.Parquet.Compression.Zstandard;

/// <summary>What a frame's blocks share: tables that a later block may use again, and the last three distances.</summary>
sealed class ZstdFrame(UnpackedPage page)
{
    const int LargestBlock = 128 << 10;

    // A page is a frame, and a frame's blocks come one after the other: one buffer a thread does.
    [ThreadStatic]
    static byte[]? buffer;

    readonly int start = page.Length;
    readonly byte[] literals = buffer ??= new byte[LargestBlock];
    HuffmanTable? huffman;
    EntropyTable? lengths, offsets, matches;
    uint distance1 = 1, distance2 = 4, distance3 = 8;

    public void UnpackBlock(ReadOnlySpan<byte> block)
    {
        var rest = ReadLiterals(ref block);
        var count = SequenceCount(ref block);
        if (count > 0)
        {
            var modes = ZstdDecoder.Take(ref block, 1)[0];
            ReadTable(ref block, modes >> 6, SequenceCodes.Lengths, ref lengths);
            ReadTable(ref block, (modes >> 4) & 3, SequenceCodes.Offsets, ref offsets);
            ReadTable(ref block, (modes >> 2) & 3, SequenceCodes.Matches, ref matches);
            rest = Execute(block, count, rest);
        }
        rest.CopyTo(page.Append(rest.Length));
    }

    ReadOnlySpan<byte> Execute(ReadOnlySpan<byte> stream, int count, ReadOnlySpan<byte> rest)
    {
        var bits = new BackwardBits(stream);
        var (lengthState, offsetState, matchState) = ((int)bits.Read(lengths!.Log), (int)bits.Read(offsets!.Log), (int)bits.Read(matches!.Log));
        for (var i = 0; i < count; i++)
        {
            var (length, offset, match) = (lengths[lengthState], offsets[offsetState], matches[matchState]);
            var offsetValue = (1UL << offset.Symbol) + bits.Read(offset.Symbol);
            var matchLength = SequenceCodes.MatchBase[match.Symbol] + (int)bits.Read(SequenceCodes.MatchBits[match.Symbol]);
            var literalLength = SequenceCodes.LengthBase[length.Symbol] + (int)bits.Read(SequenceCodes.LengthBits[length.Symbol]);
            if (i < count - 1)
            {
                lengthState = length.Base + (int)bits.Read(length.Bits);
                matchState = match.Base + (int)bits.Read(match.Bits);
                offsetState = offset.Base + (int)bits.Read(offset.Bits);
            }
            if (bits.Left < 0 || literalLength > rest.Length)
                throw new InvalidDataException("broken zstd: a sequence goes beyond its block");
            rest[..literalLength].CopyTo(page.Append(literalLength));
            rest = rest[literalLength..];
            page.Repeat(Distance(offsetValue, literalLength == 0), matchLength, start);
        }
        return bits.Left == 0 ? rest : throw new InvalidDataException("broken zstd: sequences and their stream differ in length");
    }

    // 1 to 3 stand for one of the last three distances, shifted by one where no literal precedes.
    long Distance(ulong value, bool noLiterals)
    {
        if (value > 3)
        {
            (distance3, distance2, distance1) = (distance2, distance1, checked((uint)(value - 3)));
            return distance1;
        }
        switch ((int)value - 1 + (noLiterals ? 1 : 0))
        {
            case 0:
                break;
            case 1:
                (distance2, distance1) = (distance1, distance2);
                break;
            case 2:
                (distance3, distance2, distance1) = (distance2, distance1, distance3);
                break;
            default:
                (distance3, distance2, distance1) = (distance2, distance1, distance1 - 1);
                break;
        }
        return distance1;
    }

    ReadOnlySpan<byte> ReadLiterals(ref ReadOnlySpan<byte> block)
    {
        if (block.IsEmpty)
            throw new InvalidDataException("broken zstd: an empty block");
        var (kind, format) = (block[0] & 3, (block[0] >> 2) & 3);
        if (kind < 2)
        {
            var head = Head(ref block, format switch { 1 => 2, 3 => 3, _ => 1 });
            var size = (int)(head >> (format is 1 or 3 ? 4 : 3));
            if (size > LargestBlock)
                throw new InvalidDataException("broken zstd: too many literals");
            if (kind == 0)
                return ZstdDecoder.Take(ref block, size);
            literals.AsSpan(0, size).Fill(ZstdDecoder.Take(ref block, 1)[0]);
            return literals.AsSpan(0, size);
        }
        var width = format switch { 2 => 14, 3 => 18, _ => 10 };
        var sizes = Head(ref block, format switch { 2 => 4, 3 => 5, _ => 3 }) >> 4;
        var (unpacked, packed) = ((int)(sizes & ((1UL << width) - 1)), (int)(sizes >> width));
        var streams = ZstdDecoder.Take(ref block, packed);
        if (unpacked > LargestBlock)
            throw new InvalidDataException("broken zstd: too many literals");
        if (kind == 2)
            huffman = HuffmanTable.Read(ref streams);
        (huffman ?? throw new InvalidDataException("broken zstd: uses a Huffman table that was not given")).Decode(streams, format != 0, literals.AsSpan(0, unpacked));
        return literals.AsSpan(0, unpacked);
    }

    static ulong Head(ref ReadOnlySpan<byte> block, int bytes)
    {
        var head = 0UL;
        var taken = ZstdDecoder.Take(ref block, bytes);
        for (var i = 0; i < bytes; i++)
            head |= (ulong)taken[i] << (8 * i);
        return head;
    }

    static int SequenceCount(ref ReadOnlySpan<byte> block)
    {
        int first = ZstdDecoder.Take(ref block, 1)[0];
        if (first < 128)
            return first;
        if (first < 255)
            return ((first - 128) << 8) + ZstdDecoder.Take(ref block, 1)[0];
        var more = ZstdDecoder.Take(ref block, 2);
        return more[0] + (more[1] << 8) + 0x7F00;
    }

    static void ReadTable(ref ReadOnlySpan<byte> block, int mode, SequenceCodes.Code code, ref EntropyTable? table) => table = mode switch
    {
        0 => code.Default,
        1 => ZstdDecoder.Take(ref block, 1)[0] is var symbol && symbol <= code.LargestSymbol ? EntropyTable.Single(symbol)
            : throw new InvalidDataException("broken zstd: an unknown code"),
        2 => EntropyTable.Read(ref block, code.LargestLog, code.LargestSymbol),
        _ => table ?? throw new InvalidDataException("broken zstd: uses a table that was not given"),
    };
}
