using System.Runtime.InteropServices;

namespace ReasonIR.Retrieval.Bm25;

/// <summary>
/// The postings in the order of the documents while an index is built: in memory up to a bound, the rest in a temporary file
/// that disappears with the log. Eight bytes a posting.
/// </summary>
sealed class PostingLog(string temporaryPath, long memoryBytes) : IDisposable
{
    const int ChunkPostings = 1 << 18;

    readonly List<Posting[]> kept = [];
    readonly long maxKept = Math.Max(1, memoryBytes / (ChunkPostings * 8L));
    Posting[] current = new Posting[1 << 12];
    int filled;
    FileStream? spilled;
    long spilledChunks;

    public long Count { get; private set; }

    public void Add(int term, int occurrences)
    {
        if (filled == current.Length)
            Grow();
        current[filled++] = new(term, occurrences);
        Count++;
    }

    /// <summary>All postings in the order of their arrival, in parts.</summary>
    public IEnumerable<ReadOnlyMemory<Posting>> Read()
    {
        foreach (var chunk in kept)
            yield return chunk;
        if (spilled is not null)
        {
            spilled.Position = 0;
            var chunk = new Posting[ChunkPostings];
            for (long i = 0; i < spilledChunks; i++)
            {
                spilled.ReadExactly(MemoryMarshal.AsBytes(chunk.AsSpan()));
                yield return chunk;
            }
        }
        yield return current.AsMemory(0, filled);
    }

    public void Dispose() => spilled?.Dispose();

    void Grow()
    {
        if (current.Length < ChunkPostings)
        {
            Array.Resize(ref current, Math.Min(current.Length * 4, ChunkPostings));
            return;
        }
        if (kept.Count < maxKept)
        {
            kept.Add(current);
            current = new Posting[ChunkPostings];
        }
        else
        {
            spilled ??= new FileStream(temporaryPath, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
            spilled.Write(MemoryMarshal.AsBytes(current.AsSpan()));
            spilledChunks++;
        }
        filled = 0;
    }

    public readonly record struct Posting(int Term, int Occurrences);
}
