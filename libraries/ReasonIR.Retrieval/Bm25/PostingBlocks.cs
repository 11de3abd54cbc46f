using System.Buffers.Binary;

namespace ReasonIR.Retrieval.Bm25;

/// <summary>
/// A term's postings in the file. Blocks of 128, the last one shorter: a byte with the bits of the gaps, a byte with the bits of the
/// occurrences, the packed gaps (document minus the one before minus 1; the first block's first counts from -1), the packed occurrences
/// minus 1. A term with more than one block has an entry of 16 bytes for each in front of them: the block's last document (int), where
/// its bytes end counted from the first block (uint), its <see cref="BlockImpacts"/> (ulong).
/// </summary>
sealed class PostingBlocks
{
    public const int Block = 128, EntryBytes = 16;

    /// <summary>Two bytes of widths and two arrays of at most 31 bits a number.</summary>
    const int MaxBlockBytes = 2 + 2 * Block * 4;

    readonly int[] numbers = new int[Block];
    byte[] buffer = new byte[MaxBlockBytes];

    public static int Blocks(int documents) => (documents + Block - 1) / Block;

    /// <summary>The term's bytes, valid until the next call.</summary>
    /// <param name="documents">Ascending.</param>
    /// <param name="occurrences">At least 1 each.</param>
    /// <param name="lengthCodes">Of all documents.</param>
    public ReadOnlySpan<byte> Encode(ReadOnlySpan<int> documents, ReadOnlySpan<int> occurrences, ReadOnlySpan<byte> lengthCodes)
    {
        var blocks = Blocks(documents.Length);
        var data = blocks > 1 ? blocks * EntryBytes : 0;
        var at = data;
        var before = -1;
        for (var block = 0; block < blocks; block++)
        {
            var ids = documents.Slice(block * Block, Math.Min(Block, documents.Length - block * Block));
            var counts = occurrences.Slice(block * Block, ids.Length);
            if (buffer.Length - at < MaxBlockBytes)
                Array.Resize(ref buffer, checked(Math.Max(2 * buffer.Length, at + MaxBlockBytes)));
            at += EncodeBlock(ids, counts, before, buffer.AsSpan(at));
            before = ids[^1];
            if (blocks == 1)
                continue;
            var entry = buffer.AsSpan(block * EntryBytes, EntryBytes);
            BinaryPrimitives.WriteInt32LittleEndian(entry, before);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[4..], (uint)(at - data));
            BinaryPrimitives.WriteUInt64LittleEndian(entry[8..], BlockImpacts.Of(ids, counts, lengthCodes));
        }
        return buffer.AsSpan(0, at);
    }

    int EncodeBlock(ReadOnlySpan<int> documents, ReadOnlySpan<int> occurrences, int before, Span<byte> target)
    {
        var held = numbers.AsSpan(0, documents.Length);
        for (var i = 0; i < held.Length; i++)
        {
            held[i] = documents[i] - before - 1;
            before = documents[i];
        }
        var bits = BitPacking.BitsFor(held);
        target[0] = (byte)bits;
        var at = 2 + BitPacking.Pack(held, bits, target[2..]);
        for (var i = 0; i < held.Length; i++)
            held[i] = occurrences[i] - 1;
        bits = BitPacking.BitsFor(held);
        target[1] = (byte)bits;
        return at + BitPacking.Pack(held, bits, target[at..]);
    }
}
