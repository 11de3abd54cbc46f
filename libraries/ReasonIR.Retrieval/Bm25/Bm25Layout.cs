using ReasonIR.Retrieval.Storage;

namespace ReasonIR.Retrieval.Bm25;

/// <summary>
/// Where the sections of an index file begin, in bytes from its start; each is aligned to 8. N documents in the order of their ids'
/// UTF-8 bytes, which is the order that settles ties; T terms in the order of their UTF-16 units.
/// </summary>
readonly struct Bm25Layout
{
    /// <summary>Behind the postings, so that a block can be read in full vectors.</summary>
    public const int PostingPadding = 64;

    /// <summary>What a document takes beside its id and its postings.</summary>
    public const int DocumentBytes = 4 + 1 + 8;

    /// <summary>bytes: each term's postings as <see cref="PostingBlocks"/> writes them.</summary>
    public readonly long Postings;

    /// <summary>int[N]: a document's tokens, exact.</summary>
    public readonly long Lengths;

    /// <summary>byte[N]: the same by <see cref="LengthCode"/>.</summary>
    public readonly long LengthCodes;

    /// <summary>ulong[N]: what the builder was told to know a document's content by.</summary>
    public readonly long Stamps;

    /// <summary>long[ceil(N / 16) + 1]: where each block of ids begins in the ids.</summary>
    public readonly long IdBlocks;

    /// <summary>bytes: ids as <see cref="IdWalker"/> reads them.</summary>
    public readonly long Ids;

    /// <summary>TermRecord[T + 1]; the last one holds the ends.</summary>
    public readonly long Terms;

    /// <summary>bytes: terms as <see cref="TermText"/> reads them.</summary>
    public readonly long TermTexts;

    /// <summary>int[Buckets]: a hash table with linear probing; term + 1, or 0.</summary>
    public readonly long Table;

    /// <summary>uint[pages]: the checksums of <see cref="PageChecksums"/>, from the header's end to here.</summary>
    public readonly long Pages;

    /// <summary>The file's length.</summary>
    public readonly long End;

    /// <exception cref="OverflowException">The header's numbers cannot be.</exception>
    public Bm25Layout(in Bm25Header header)
    {
        End = Bm25Header.Bytes;
        Postings = Next(header.PostingBytes, 1, ref End, PostingPadding);
        Lengths = Next(header.Documents, 4, ref End);
        LengthCodes = Next(header.Documents, 1, ref End);
        Stamps = Next(header.Documents, 8, ref End);
        IdBlocks = Next((header.Documents + IdWalker.Block - 1L) / IdWalker.Block + 1, 8, ref End);
        Ids = Next(header.IdBytes, 1, ref End);
        Terms = Next(header.Terms + 1L, TermRecord.Bytes, ref End);
        TermTexts = Next(header.TermBytes, 1, ref End);
        Table = Next(header.Buckets, 4, ref End);
        Pages = End;
        End = checked(End + 4L * PageChecksums.Count(Bm25Header.Bytes, Pages));
    }

    static long Next(long count, int size, ref long end, int padding = 0)
    {
        if (count < 0)
            throw new OverflowException();
        var start = end;
        end = checked(start + count * size + padding + 7) & ~7L;
        return start;
    }
}
