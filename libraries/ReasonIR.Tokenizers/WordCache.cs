using System.Numerics;
using System.Runtime.InteropServices;

namespace ReasonIR.Tokenizers;

/// <summary>
/// The ids of words met before, for all threads: a table of fixed size in sets of four places. Entries are immutable and replaced whole, so
/// that readers need no lock; a word that is lost (two came at once, or a newer one took its place) is merely tokenized again. It holds the
/// different words of a collection like SciFact (100,000 with their punctuation) with hardly a loss: each loss costs not only the work, but
/// garbage that outlives a collection of the youngest, and its pauses stop all threads.
/// </summary>
sealed class WordCache
{
    /// <summary>Longer words, in UTF-16 units, are not kept, nor are those of more ids: it bounds the memory, 20 to 30 MB when full of usual words, 85 MB at the worst.</summary>
    public const int LongestWord = 40;

    const int MostIds = 40;

    const int Bits = 18;

    /// <summary>Of a set: a word's own and its neighbors, in one or two lines of the processor's cache.</summary>
    const int Places = 4;

    readonly Entry?[] entries = new Entry?[1 << Bits];

    /// <summary>Reads a word for the cache: its hash, and the whole of it where it has at most eight units.</summary>
    public static Key KeyOf(ReadOnlySpan<char> word)
    {
        ulong first, last;
        if (word.Length >= 4)
        {
            first = Block(word, 0);
            last = Block(word, word.Length - 4);
        }
        else
        {
            (first, last) = (0, 0);
            foreach (var character in word)
                first = first << 16 | character;
        }
        var hash = (first ^ (ulong)word.Length << 58) * 0x9E3779B97F4A7C15;
        for (var i = 4; i + 4 < word.Length; i += 4)
            hash = (BitOperations.RotateLeft(hash, 29) ^ Block(word, i)) * 0xC2B2AE3D27D4EB4F;
        hash = (BitOperations.RotateLeft(hash, 29) ^ last) * 0x9FB21C651E98DF25;
        return new(hash ^ hash >> 32, first, last);
    }

    /// <summary>The entry of a word, or null.</summary>
    public Entry? Find(ReadOnlySpan<char> word, in Key key)
    {
        var own = OwnPlace(key);
        for (var other = 0; other < Places; other++)
            if (entries[own ^ other] is { } entry && entry.Is(word, key))
                return entry;
        return null;
    }

    /// <summary>Keeps a word: in its own place if that is free, else in a free one of its set, else in its own, whose word is forgotten.</summary>
    public void Add(ReadOnlySpan<char> word, in Key key, ReadOnlySpan<int> ids)
    {
        if (ids.Length > MostIds)
            return;
        var own = OwnPlace(key);
        var other = 0;
        while (other < Places && entries[own ^ other] is not null)
            other++;
        Volatile.Write(ref entries[own ^ (other % Places)], new Entry(word, key, ids));
    }

    int OwnPlace(in Key key) => (int)key.Hash & entries.Length - 1;

    static ulong Block(ReadOnlySpan<char> word, int at) => MemoryMarshal.Read<ulong>(MemoryMarshal.AsBytes(word.Slice(at, 4)));

    /// <param name="Hash">Of the whole word.</param>
    /// <param name="First">The first four units; of a shorter word, all.</param>
    /// <param name="Last">The last four units; 0 for a shorter word.</param>
    public readonly record struct Key(ulong Hash, ulong First, ulong Last);

    /// <summary>A word and its ids: in one object of 64 bytes, the common short ones without a second.</summary>
    public sealed class Entry
    {
        readonly ulong first, last;
        readonly byte length, count;
        readonly int id0, id1, id2;
        readonly char[]? inside;
        readonly int[]? more;

        public Entry(ReadOnlySpan<char> word, in Key key, ReadOnlySpan<int> ids)
        {
            (first, last, length, count) = (key.First, key.Last, (byte)word.Length, (byte)ids.Length);
            inside = word.Length > 8 ? word[4..^4].ToArray() : null;
            id0 = ids.Length > 0 ? ids[0] : 0;
            id1 = ids.Length > 1 ? ids[1] : 0;
            id2 = ids.Length > 2 ? ids[2] : 0;
            more = ids.Length > 3 ? ids[3..].ToArray() : null;
        }

        public bool Is(ReadOnlySpan<char> word, in Key key) =>
            first == key.First && last == key.Last && length == word.Length && (inside is null || word[4..^4].SequenceEqual(inside));

        public void AppendTo(List<int> output)
        {
            if (count > 0)
                output.Add(id0);
            if (count > 1)
                output.Add(id1);
            if (count > 2)
                output.Add(id2);
            if (more is not null)
                output.AddRange(more);
        }
    }
}
