using ReasonIR.Retrieval.Analysis;

namespace ReasonIR.Retrieval.Bm25;

/// <summary>Numbers terms in the order of their first occurrence and counts those of one document. Their texts lie in one array.</summary>
sealed class TermTable
{
    uint[] hashes = new uint[1 << 10];
    int[] slots = new int[1 << 11];
    int[] offsets = new int[(1 << 10) + 1];
    char[] text = new char[1 << 13];

    public int Count { get; private set; }

    /// <summary>Occurrences in the document at hand, by term.</summary>
    public int[] Occurrences { get; private set; } = new int[1 << 10];

    /// <summary>How many documents hold a term, by term. Kept by the owner.</summary>
    public int[] Documents { get; private set; } = new int[1 << 10];

    /// <summary>The terms of the document at hand.</summary>
    public List<int> Touched { get; } = [];

    /// <summary>The tokens of the document at hand.</summary>
    public int Tokens { get; set; }

    /// <summary>What the terms take of memory, room for further ones not counted.</summary>
    public long MemoryBytes => 2L * offsets[Count] + 24L * Count;

    /// <summary>What its arrays hold of memory, filled or not.</summary>
    public long HeldBytes => 2L * text.Length + 4L * (hashes.Length + slots.Length + offsets.Length + Occurrences.Length + Documents.Length + Touched.Capacity);

    public ReadOnlySpan<char> this[int term] => text.AsSpan(offsets[term], offsets[term + 1] - offsets[term]);

    public Sink Counter => new(this);

    public void Clear()
    {
        slots.AsSpan().Clear();
        Occurrences.AsSpan(0, Count).Clear();
        Documents.AsSpan(0, Count).Clear();
        Count = 0;
    }

    void Add(ReadOnlySpan<char> term)
    {
        Tokens++;
        var number = Number(term);
        if (Occurrences[number]++ == 0)
            Touched.Add(number);
    }

    int Number(ReadOnlySpan<char> term)
    {
        var hash = TermHash.Of(term);
        var mask = slots.Length - 1;
        var slot = (int)(hash & mask);
        for (; slots[slot] != 0; slot = slot + 1 & mask)
        {
            var known = slots[slot] - 1;
            if (hashes[known] == hash && this[known].SequenceEqual(term))
                return known;
        }
        if (Count == hashes.Length)
        {
            Grow();
            return Number(term);
        }
        slots[slot] = Count + 1;
        hashes[Count] = hash;
        var start = offsets[Count];
        if (text.Length - start < term.Length)
            Array.Resize(ref text, checked(Math.Max(2 * text.Length, start + term.Length)));
        term.CopyTo(text.AsSpan(start));
        offsets[Count + 1] = start + term.Length;
        return Count++;
    }

    void Grow()
    {
        var size = checked(2 * hashes.Length);
        Array.Resize(ref hashes, size);
        Array.Resize(ref offsets, size + 1);
        var (occurrences, documents) = (Occurrences, Documents);
        Array.Resize(ref occurrences, size);
        Array.Resize(ref documents, size);
        (Occurrences, Documents) = (occurrences, documents);
        slots = new int[2 * size];
        var mask = slots.Length - 1;
        for (var term = 0; term < Count; term++)
        {
            var slot = (int)(hashes[term] & mask);
            while (slots[slot] != 0)
                slot = slot + 1 & mask;
            slots[slot] = term + 1;
        }
    }

    /// <summary>Counts a document's terms. A struct, so that the analyzer's call is direct.</summary>
    public readonly struct Sink(TermTable table) : ITokenSink
    {
        public void Add(scoped ReadOnlySpan<char> term, int start, int length) => table.Add(term);
    }
}
