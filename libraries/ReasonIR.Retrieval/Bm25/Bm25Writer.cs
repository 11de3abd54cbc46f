using System.Runtime.InteropServices;
using ReasonIR.Retrieval.Storage;

namespace ReasonIR.Retrieval.Bm25;

/// <summary>
/// Writes an index file: all documents in the order of their ids, then all terms in the order of their UTF-16 units. Holds a byte a document,
/// one term's postings and, at the end, <see cref="Bm25File.Window"/> of the mapped file in memory; the file bears its name from the start, so give it a temporary one.
/// </summary>
sealed class Bm25Writer : IDisposable
{
    readonly FileStream file;
    readonly Spool lengths, stamps, idBlocks, ids, terms, termTexts;
    readonly PostingBlocks blocks = new();
    Bm25Header header = new() { Magic = Bm25Header.MagicNumber, Version = Bm25Header.CurrentVersion };
    byte[] lengthCodes = new byte[1 << 10];
    byte[] idBefore = [];
    byte[] termBytes = new byte[1 << 10];

    public Bm25Writer(string path, string analyzer)
    {
        header.Analyzer = analyzer;
        file = new(path, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1 << 18);
        (lengths, stamps, idBlocks) = (new(path + ".lengths"), new(path + ".stamps"), new(path + ".idblocks"));
        (ids, terms, termTexts) = (new(path + ".ids"), new(path + ".terms"), new(path + ".texts"));
        file.Write(new byte[Bm25Header.Bytes]);
    }

    /// <param name="id">UTF-8; greater than the one before.</param>
    /// <param name="length">In tokens.</param>
    public void AddDocument(ReadOnlySpan<byte> id, int length, ulong stamp)
    {
        if (header.Documents == lengthCodes.Length)
            Array.Resize(ref lengthCodes, checked(2 * lengthCodes.Length));
        lengthCodes[header.Documents] = LengthCode.Encode(length);
        lengths.Write(length);
        stamps.Write(stamp);
        var first = header.Documents % IdWalker.Block == 0;
        if (first)
            idBlocks.Write(ids.Length);
        IdWalker.Write(ids, first ? [] : idBefore, id);
        idBefore = id.ToArray();
        header.Documents++;
        header.Tokens += length;
        header.LongestDocument = Math.Max(header.LongestDocument, length);
        if (length > 0)
            header.DocumentsWithTerms++;
    }

    /// <param name="term">Greater than the one before.</param>
    /// <param name="documents">Their numbers, ascending; at least one.</param>
    /// <param name="occurrences">At least 1 each.</param>
    public void AddTerm(ReadOnlySpan<char> term, ReadOnlySpan<int> documents, ReadOnlySpan<int> occurrences)
    {
        WriteRecord(documents.Length);
        var postings = blocks.Encode(documents, occurrences, lengthCodes);
        file.Write(postings);
        header.PostingBytes += postings.Length;
        header.Postings += documents.Length;
        header.Terms++;
        if (termBytes.Length < TermText.MaxBytes(term.Length))
            termBytes = new byte[TermText.MaxBytes(term.Length)];
        termTexts.Write(termBytes.AsSpan(0, TermText.Encode(term, termBytes)));
    }

    /// <summary>Writes what is left; the file is whole then.</summary>
    /// <param name="durable">Whether to wait until it is on the disk.</param>
    public Bm25Statistics Complete(bool durable, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested();
        idBlocks.Write(ids.Length);
        WriteRecord(0);
        header.IdBytes = ids.Length;
        header.TermBytes = termTexts.Length;
        header.Buckets = TermHash.BucketsFor(header.Terms);
        var layout = new Bm25Layout(header);
        Append(layout.Lengths, lengths);
        StartAt(layout.LengthCodes);
        file.Write(lengthCodes.AsSpan(0, header.Documents));
        Append(layout.Stamps, stamps);
        Append(layout.IdBlocks, idBlocks);
        Append(layout.Ids, ids);
        Append(layout.Terms, terms);
        Append(layout.TermTexts, termTexts);
        file.Flush();
        using (var mapped = MappedFile.ForWriting(file, layout.End))
        {
            WriteTable(mapped, layout);
            var pages = mapped.Items<uint>(layout.Pages, PageChecksums.Count(Bm25Header.Bytes, layout.Pages));
            for (var page = 0; page < pages.Length; page++)
            {
                pages[page] = PageChecksums.Of(mapped, Bm25Header.Bytes, layout.Pages, page);
                if ((page + 1) % (Bm25File.Window / PageChecksums.PageBytes) == 0)
                    mapped.Forget();
            }
            header.PagesChecksum = Crc32C.Add(0, MemoryMarshal.AsBytes(pages));
            header.HeaderChecksum = header.ComputeChecksum();
            mapped.Items<Bm25Header>(0, 1)[0] = header;
            if (durable)
                mapped.Flush();
        }
        if (durable)
            file.Flush(flushToDisk: true);
        return new(header.Documents, header.DocumentsWithTerms, header.Terms, header.Postings, header.Tokens);
    }

    public void Dispose()
    {
        foreach (var part in (IDisposable[])[lengths, stamps, idBlocks, ids, terms, termTexts, file])
            part.Dispose();
    }

    void WriteRecord(int documents) => terms.Write(new TermRecord(header.PostingBytes, checked((uint)termTexts.Length), documents));

    // Alignment and padding are zeros.
    void StartAt(long offset) => file.Write(new byte[checked((int)(offset - file.Position))]);

    void Append(long offset, Spool part)
    {
        StartAt(offset);
        part.CopyTo(file);
    }

    void WriteTable(MappedFile mapped, Bm25Layout layout)
    {
        var records = layout.Terms;
        var table = mapped.Items<int>(layout.Table, header.Buckets);
        var mask = table.Length - 1;
        Span<char> text = new char[termBytes.Length];
        for (var term = 0; term < header.Terms; term++)
        {
            var ends = mapped.Items<TermRecord>(records + (long)term * TermRecord.Bytes, 2);
            var bytes = mapped.Items<byte>(layout.TermTexts + ends[0].Text, ends[1].Text - ends[0].Text);
            var bucket = (int)(TermHash.Of(text[..TermText.Decode(bytes, text)]) & mask);
            while (table[bucket] != 0)
                bucket = bucket + 1 & mask;
            table[bucket] = term + 1;
            // A term's record, its text and its place in the table.
            if ((term + 1) % (Bm25File.Window / 32) == 0)
                mapped.Forget();
        }
    }
}
