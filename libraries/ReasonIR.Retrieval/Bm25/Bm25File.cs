using System.Runtime.InteropServices;
using System.Text;
using ReasonIR.Retrieval.Ranking;

namespace ReasonIR.Retrieval.Bm25;

/// <summary>An index file in memory: its header, checked, and its sections. Readers hold a <see cref="Lease"/>.</summary>
sealed class Bm25File : IDisposable
{
    readonly MappedFile file;
    readonly Bm25Layout layout;
    readonly Lock leases = new();
    int leased;
    bool disposed;

    Bm25File(MappedFile file, Bm25Header header)
    {
        this.file = file;
        layout = new(header);
        Header = header;
    }

    public Bm25Header Header { get; }

    /// <exception cref="Bm25FormatException">See there.</exception>
    public static Bm25File Open(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1);
        var header = new Bm25Header();
        var bytes = MemoryMarshal.AsBytes(new Span<Bm25Header>(ref header));
        if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length || header.Magic != Bm25Header.MagicNumber)
            throw new Bm25FormatException(path, "is no BM25 index (the first bytes should be RRIRBM25).");
        if (header.Version != Bm25Header.CurrentVersion)
            throw new Bm25FormatException(path, $"has version {header.Version} of the BM25 format; this program reads version {Bm25Header.CurrentVersion}.");
        if (header.HeaderChecksum != header.ComputeChecksum())
            throw new Bm25FormatException(path, "is damaged: the header's checksum differs.");
        var layout = new Bm25Layout(header);
        if (layout.End != stream.Length)
            throw new Bm25FormatException(path, $"should have {layout.End} bytes, has {stream.Length}: cut off or damaged.");
        var file = MappedFile.ForReading(stream);
        try
        {
            if (file.Checksum(Bm25Header.Bytes) != header.BodyChecksum)
                throw new Bm25FormatException(path, "is damaged: the checksum of its contents differs.");
            return new(file, header);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public ReadOnlySpan<int> Lengths => file.Items<int>(layout.Lengths, Header.Documents);

    public ReadOnlySpan<byte> LengthCodes => file.Items<byte>(layout.LengthCodes, Header.Documents);

    public ReadOnlySpan<int> Ranks => file.Items<int>(layout.Ranks, Header.Documents);

    public ReadOnlySpan<int> ByRank => file.Items<int>(layout.ByRank, Header.Documents);

    public string Id(int document)
    {
        var offsets = file.Items<long>(layout.IdOffsets, Header.Documents + 1L);
        return Encoding.UTF8.GetString(file.Items<byte>(layout.Ids + offsets[document], offsets[document + 1] - offsets[document]));
    }

    /// <summary>The number of the document with an id, or -1. O(log N).</summary>
    public int Document(string id)
    {
        var byRank = ByRank;
        int low = 0, high = byRank.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            var order = DocumentOrder.CompareIds(Id(byRank[middle]), id);
            if (order == 0)
                return byRank[middle];
            if (order < 0)
                low = middle + 1;
            else
                high = middle - 1;
        }
        return -1;
    }

    /// <summary>The number of a term, or -1.</summary>
    public int Term(ReadOnlySpan<char> text)
    {
        var table = file.Items<int>(layout.Table, Header.Buckets);
        var offsets = file.Items<long>(layout.TermOffsets, Header.Terms + 1L);
        var bucket = (int)(TermHash.Of(text) & (table.Length - 1));
        while (table[bucket] != 0)
        {
            var term = table[bucket] - 1;
            if (offsets[term + 1] - offsets[term] == text.Length
                && file.Items<char>(layout.TermText + 2 * offsets[term], text.Length).SequenceEqual(text))
                return term;
            bucket = bucket + 1 & table.Length - 1;
        }
        return -1;
    }

    /// <summary>The documents that hold a term, ascending, and its occurrences in each.</summary>
    public void Postings(int term, out ReadOnlySpan<int> documents, out ReadOnlySpan<int> occurrences)
    {
        var offsets = file.Items<long>(layout.PostingOffsets, Header.Terms + 1L);
        var (start, count) = (offsets[term], offsets[term + 1] - offsets[term]);
        documents = file.Items<int>(layout.PostingDocuments + 4 * start, count);
        occurrences = file.Items<int>(layout.PostingCounts + 4 * start, count);
    }

    /// <summary>Keeps the file in memory until it is disposed: disposing the index ends no search that runs.</summary>
    public Lease Rent()
    {
        lock (leases)
        {
            ObjectDisposedException.ThrowIf(disposed, typeof(Bm25Index));
            leased++;
            return new(this);
        }
    }

    public void Dispose()
    {
        lock (leases)
        {
            if (disposed)
                return;
            disposed = true;
            if (leased == 0)
                file.Dispose();
        }
    }

    void Return()
    {
        lock (leases)
        {
            if (--leased == 0 && disposed)
                file.Dispose();
        }
    }

    public readonly struct Lease(Bm25File file) : IDisposable
    {
        public void Dispose() => file.Return();
    }
}
