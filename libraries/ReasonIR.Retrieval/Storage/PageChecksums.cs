namespace ReasonIR.Retrieval.Storage;

/// <summary>
/// A CRC-32C for each page of 64 KiB of a file's body, so that a page is verified when it is first read and opening a large file
/// reads none of it. Thread-safe: two threads may verify the same page.
/// </summary>
sealed class PageChecksums(long start, long end)
{
    public const int PageBytes = 1 << 16;

    readonly int[] verified = new int[(Count(start, end) + 31) / 32];

    /// <summary>How many pages lie between two offsets.</summary>
    public static int Count(long start, long end) => checked((int)((end - start + PageBytes - 1) / PageBytes));

    /// <summary>The checksum of one page.</summary>
    /// <param name="body">The file from the first page on.</param>
    public static uint Of(MappedFile file, long start, long end, int page)
    {
        var from = start + (long)page * PageBytes;
        return Crc32C.Add(0, file.Items<byte>(from, Math.Min(PageBytes, end - from)));
    }

    /// <summary>Verifies the pages that hold a part of the file, unless they are known to be whole.</summary>
    /// <param name="expected">Offset of the checksums, one uint a page.</param>
    /// <exception cref="InvalidDataException">A checksum differs, or the part lies outside the body.</exception>
    public void Verify(MappedFile file, long expected, long offset, long length)
    {
        if (length <= 0)
            return;
        if (offset < start || length > end - offset)
            throw new InvalidDataException($"is damaged: a reference to {length} bytes at {offset} leads outside its contents.");
        for (var page = (int)((offset - start) / PageBytes); page <= (int)((offset + length - 1 - start) / PageBytes); page++)
        {
            var (word, bit) = (page >> 5, 1 << (page & 31));
            if ((Volatile.Read(ref verified[word]) & bit) != 0)
                continue;
            if (Of(file, start, end, page) != file.Items<uint>(expected, page + 1L)[page])
                throw new InvalidDataException($"is damaged: the checksum of the page at byte {start + (long)page * PageBytes} differs.");
            Interlocked.Or(ref verified[word], bit);
        }
    }
}
