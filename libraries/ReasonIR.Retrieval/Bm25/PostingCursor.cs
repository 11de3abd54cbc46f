using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ReasonIR.Retrieval.Bm25;

/// <summary>
/// Walks over one term's postings, a decoded block at a time. Reusable: <see cref="Open"/> begins anew. Valid while the file is leased.
/// </summary>
sealed unsafe class PostingCursor
{
    public const int Block = PostingBlocks.Block;

    readonly int[] numbers = new int[Block], occurrences = new int[Block];
    Bm25File file = null!;
    byte* start;
    int dataStart, length, blocks;
    int block, count, occurrenceStart, occurrenceBits;
    bool hasOccurrences;

    /// <summary>How many documents hold the term.</summary>
    public int Documents { get; private set; }

    public int Blocks => blocks;

    /// <summary>The decoded block, or -1.</summary>
    public int Current => block;

    /// <summary>The decoded block's documents, ascending.</summary>
    public ReadOnlySpan<int> Numbers => numbers.AsSpan(0, count);

    /// <summary>The decoded block's occurrences.</summary>
    public ReadOnlySpan<int> Occurrences
    {
        get
        {
            if (!hasOccurrences)
            {
                BitPacking.Unpack(Bytes()[occurrenceStart..], count, occurrenceBits, occurrences);
                hasOccurrences = true;
            }
            return occurrences.AsSpan(0, count);
        }
    }

    /// <summary>Begins at a term; no block is decoded yet.</summary>
    public void Open(Bm25File file, int term)
    {
        (this.file, block, count) = (file, -1, 0);
        Documents = file.Record(term).Documents;
        blocks = PostingBlocks.Blocks(Documents);
        dataStart = blocks > 1 ? checked(blocks * PostingBlocks.EntryBytes) : 0;
        // The file lies still in memory, and its pages were verified.
        var bytes = file.PostingBytes(term);
        start = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(bytes));
        length = bytes.Length - Bm25Layout.PostingPadding;
        if (Documents <= 0 || Documents > file.Header.Documents || dataStart > length)
            throw Damaged();
    }

    /// <summary>The last document of a block; only where there are several.</summary>
    public int Last(int block) => BinaryPrimitives.ReadInt32LittleEndian(Entry(block));

    /// <summary>See <see cref="BlockImpacts"/>; only where there are several blocks.</summary>
    public ulong Impacts(int block) => BinaryPrimitives.ReadUInt64LittleEndian(Entry(block)[8..]);

    /// <summary>The first block from one on whose last document is not before <paramref name="document"/>, or the number of blocks. O(log) of the distance.</summary>
    public int Seek(int from, int document)
    {
        var step = 1;
        int low = from, high = from;
        while (high < blocks && Last(high) < document)
        {
            low = high + 1;
            high += step;
            step *= 2;
        }
        high = Math.Min(high, blocks);
        while (low < high)
        {
            var middle = (low + high) >>> 1;
            if (Last(middle) < document)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }

    /// <summary>Decodes a block's documents; its occurrences follow when they are asked for.</summary>
    public void Decode(int wanted)
    {
        if (wanted == block)
            return;
        var first = dataStart + (wanted == 0 ? 0 : (long)End(wanted - 1));
        var before = wanted == 0 ? -1 : Last(wanted - 1);
        count = Math.Min(Block, Documents - wanted * Block);
        var bytes = Bytes();
        if (first > length - 2)
            throw Damaged();
        int at = (int)first, bits = bytes[at];
        occurrenceBits = bytes[at + 1];
        occurrenceStart = at + 2 + BitPacking.BytesFor(count, bits);
        if (bits > 31 || occurrenceBits > 31 || occurrenceStart + BitPacking.BytesFor(count, occurrenceBits) > length)
            throw Damaged();
        // Ascending and the last one a document of the file: whoever reads by these numbers stays inside.
        if (!BitPacking.UnpackAscending(bytes[(at + 2)..], count, bits, before, numbers)
            || numbers[count - 1] >= file.Header.Documents || blocks > 1 && numbers[count - 1] != Last(wanted))
            throw Damaged();
        (block, hasOccurrences) = (wanted, false);
    }

    /// <summary>The occurrences in the decoded block's document at a place.</summary>
    public int OccurrencesAt(int place) => hasOccurrences ? occurrences[place] : BitPacking.Single(Bytes()[occurrenceStart..], place, occurrenceBits) + 1;

    uint End(int block) => BinaryPrimitives.ReadUInt32LittleEndian(Entry(block)[4..]);

    ReadOnlySpan<byte> Entry(int block) => Bytes().Slice(block * PostingBlocks.EntryBytes, PostingBlocks.EntryBytes);

    ReadOnlySpan<byte> Bytes() => new(start, length + Bm25Layout.PostingPadding);

    Bm25FormatException Damaged() => file.Damaged("is damaged: the postings of a term cannot be read.");
}
