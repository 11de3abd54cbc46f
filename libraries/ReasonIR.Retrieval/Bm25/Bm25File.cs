using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;
using ReasonIR.Retrieval.Storage;

namespace ReasonIR.Retrieval.Bm25;

/// <summary>
/// An index file in memory: its header, checked, and its sections, whose pages are verified when they are first read. Readers hold a
/// <see cref="Lease"/>. Thread-safe.
/// </summary>
sealed class Bm25File : IDisposable
{
    /// <summary>Bytes of mapped files that whoever passes over all of them leaves in memory at most, before it calls <see cref="Forget"/>.</summary>
    public const int Window = 16 << 20;

    readonly MappedFile file;
    readonly Bm25Layout layout;
    readonly PageChecksums pages;
    readonly string path;
    readonly Lock leases = new();
    int leased;
    bool disposed;
    bool lengthsVerified, lengthCodesVerified;

    Bm25File(MappedFile file, Bm25Header header, Bm25Layout layout, string path)
    {
        (this.file, this.layout, this.path, Header) = (file, layout, path, header);
        pages = new(Bm25Header.Bytes, layout.Pages);
    }

    public Bm25Header Header { get; }

    /// <summary>Opens a file. O(1): it reads the header and the checksums, 4 bytes for every 64 KiB.</summary>
    /// <exception cref="Bm25FormatException">See there.</exception>
    public static Bm25File Open(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, 1);
        var header = new Bm25Header();
        var bytes = MemoryMarshal.AsBytes(new Span<Bm25Header>(ref header));
        if (stream.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) < bytes.Length || header.Magic != Bm25Header.MagicNumber)
            throw new Bm25FormatException(path, "is no BM25 index (the first bytes should be RRIRBM25).");
        if (header.Version != Bm25Header.CurrentVersion)
            throw new Bm25FormatException(path, $"has version {header.Version} of the BM25 format; this program reads version {Bm25Header.CurrentVersion}. Build the index again.");
        if (header.HeaderChecksum != header.ComputeChecksum())
            throw new Bm25FormatException(path, "is damaged: the header's checksum differs.");
        Bm25Layout layout;
        try
        {
            layout = new(header);
        }
        catch (OverflowException)
        {
            throw new Bm25FormatException(path, "is damaged: its header names sizes that cannot be.");
        }
        if (layout.End != stream.Length)
            throw new Bm25FormatException(path, $"should have {layout.End} bytes, has {stream.Length}: cut off or damaged.");
        var file = MappedFile.ForReading(stream);
        if (Crc32C.Add(0, file.Items<byte>(layout.Pages, layout.End - layout.Pages)) == header.PagesChecksum)
            return new(file, header, layout, path);
        file.Dispose();
        throw new Bm25FormatException(path, "is damaged: the checksum of its checksums differs.");
    }

    // These two are asked for with every block of postings.
    public ReadOnlySpan<int> Lengths => Checked<int>(layout.Lengths, Header.Documents, ref lengthsVerified);

    public ReadOnlySpan<byte> LengthCodes => Checked<byte>(layout.LengthCodes, Header.Documents, ref lengthCodesVerified);

    public ReadOnlySpan<ulong> Stamps => Checked<ulong>(layout.Stamps, Header.Documents);

    public TermRecord Record(int term) => Checked<TermRecord>(layout.Terms + (long)term * TermRecord.Bytes, 1)[0];

    public ReadOnlySpan<byte> TermBytes(int term)
    {
        var start = Record(term).Text;
        return Checked<byte>(layout.TermTexts + start, (long)Record(term + 1).Text - start);
    }

    /// <summary>A term's postings and the padding behind them.</summary>
    public ReadOnlySpan<byte> PostingBytes(int term)
    {
        var start = Record(term).Postings;
        return Checked<byte>(layout.Postings + start, Record(term + 1).Postings - start + Bm25Layout.PostingPadding);
    }

    public long IdBlock(int block) => Checked<long>(layout.IdBlocks + 8L * block, 1)[0];

    public ReadOnlySpan<byte> IdBytes(long start, long end) => Checked<byte>(layout.Ids + start, end - start);

    public string Id(int document)
    {
        var walker = new IdWalker(this);
        for (var at = document & -IdWalker.Block; at <= document; at++)
            walker.Next(at);
        return walker.ToString();
    }

    /// <summary>The number of the document with an id, or -1. O(log N).</summary>
    public int Document(string id)
    {
        var wanted = Encoding.UTF8.GetBytes(id).AsSpan();
        var walker = new IdWalker(this);
        int low = 0, high = (Header.Documents + IdWalker.Block - 1) / IdWalker.Block - 1, block = -1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            walker.Next(middle * IdWalker.Block);
            if (walker.Current.SequenceCompareTo(wanted) <= 0)
                (block, low) = (middle, middle + 1);
            else
                high = middle - 1;
        }
        for (var at = block * IdWalker.Block; at >= 0 && at < Math.Min(Header.Documents, (block + 1) * IdWalker.Block); at++)
        {
            walker.Next(at);
            if (walker.Current.SequenceEqual(wanted))
                return at;
        }
        return -1;
    }

    /// <summary>The number of a term, or -1.</summary>
    public int Term(ReadOnlySpan<char> text)
    {
        var mask = Header.Buckets - 1;
        var bucket = (int)(TermHash.Of(text) & mask);
        for (var probes = 0; probes <= mask; probes++, bucket = bucket + 1 & mask)
        {
            var term = Checked<int>(layout.Table + 4L * bucket, 1)[0] - 1;
            if (term < 0)
                return -1;
            if (TermText.Equals(TermBytes(term), text))
                return term;
        }
        return -1;
    }

    /// <summary>Verifies every page, and keeps none of them in memory.</summary>
    public void Verify()
    {
        for (long at = Bm25Header.Bytes; at < layout.Pages; at += Window)
        {
            Checked<byte>(at, Math.Min(Window, layout.Pages - at));
            Forget();
        }
    }

    /// <summary>Takes the pages that were read out of memory; they stay verified.</summary>
    public void Forget() => file.Forget();

    public Bm25FormatException Damaged(string problem) => new(path, problem);

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

    ReadOnlySpan<T> Checked<T>(long offset, long count) where T : unmanaged
    {
        try
        {
            pages.Verify(file, layout.Pages, offset, count * Unsafe.SizeOf<T>());
        }
        catch (InvalidDataException e)
        {
            throw Damaged(e.Message);
        }
        return file.Items<T>(offset, count);
    }

    ReadOnlySpan<T> Checked<T>(long offset, long count, ref bool verified) where T : unmanaged
    {
        if (Volatile.Read(ref verified))
            return file.Items<T>(offset, count);
        var items = Checked<T>(offset, count);
        Volatile.Write(ref verified, true);
        return items;
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
