namespace ReasonIR.Retrieval.Bm25;

/// <summary>
/// Where the sections of an index file begin, in bytes from its start; each is aligned to 8. N documents, T terms, P postings.
/// </summary>
readonly struct Bm25Layout
{
    /// <summary>int[N]: a document's tokens, exact.</summary>
    public readonly long Lengths;

    /// <summary>byte[N]: the same by <see cref="LengthCode"/>.</summary>
    public readonly long LengthCodes;

    /// <summary>int[N]: a document's place among all ids in the order of their UTF-8 bytes.</summary>
    public readonly long Ranks;

    /// <summary>int[N]: the document at each such place.</summary>
    public readonly long ByRank;

    /// <summary>long[N + 1]: where each id begins in the ids.</summary>
    public readonly long IdOffsets;

    /// <summary>UTF-8 bytes.</summary>
    public readonly long Ids;

    /// <summary>long[T + 1]: where each term begins in the terms, in UTF-16 units.</summary>
    public readonly long TermOffsets;

    /// <summary>UTF-16 units.</summary>
    public readonly long TermText;

    /// <summary>int[Buckets]: a hash table with linear probing; term + 1, or 0.</summary>
    public readonly long Table;

    /// <summary>long[T + 1]: where each term's postings begin.</summary>
    public readonly long PostingOffsets;

    /// <summary>int[P]: the documents of each term, ascending.</summary>
    public readonly long PostingDocuments;

    /// <summary>int[P]: the term's occurrences in each.</summary>
    public readonly long PostingCounts;

    /// <summary>The file's length.</summary>
    public readonly long End;

    public Bm25Layout(in Bm25Header header)
    {
        End = Bm25Header.Bytes;
        Lengths = Next(4L * header.Documents, ref End);
        LengthCodes = Next(header.Documents, ref End);
        Ranks = Next(4L * header.Documents, ref End);
        ByRank = Next(4L * header.Documents, ref End);
        IdOffsets = Next(8L * (header.Documents + 1L), ref End);
        Ids = Next(header.IdBytes, ref End);
        TermOffsets = Next(8L * (header.Terms + 1L), ref End);
        TermText = Next(2L * header.TermUnits, ref End);
        Table = Next(4L * header.Buckets, ref End);
        PostingOffsets = Next(8L * (header.Terms + 1L), ref End);
        PostingDocuments = Next(4L * header.Postings, ref End);
        PostingCounts = Next(4L * header.Postings, ref End);
    }

    static long Next(long bytes, ref long end)
    {
        var start = end;
        end = checked(start + bytes + 7) & ~7L;
        return start;
    }
}
