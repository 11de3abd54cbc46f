using System.Runtime.InteropServices;
using System.Text;
using ReasonIR.Retrieval.Analysis;

namespace ReasonIR.Retrieval.Bm25;

/// <summary>
/// Documents that were analyzed and are not yet in a file: their ids and, document by document, their terms. Its arrays are used again after
/// each writing: as garbage they would stay for long, since large arrays are collected last.
/// </summary>
/// <param name="analyzer">Of the documents.</param>
/// <param name="memoryBytes">The owner writes the segment when <see cref="MemoryBytes"/> reaches it; the postings get no more room than that but for a document that needs it.</param>
sealed class MemorySegment(IAnalyzer analyzer, long memoryBytes)
{
    /// <summary>In the log and inverted; twice the numbers of a posting.</summary>
    const int PostingBytes = 16;

    /// <summary>A term's place in the order and where its postings begin.</summary>
    const int OrderBytes = 16 + 4;

    static readonly UTF8Encoding strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    readonly TermTable terms = new();
    readonly List<Document> documents = [];
    Posting[] log = new Posting[1 << 12];
    int[] numbers = [], occurrences = [], next = [];
    (ulong First, int Term)[] sorted = [];
    int filled;
    long idBytes;

    public int Count => documents.Count;

    /// <summary>What the segment takes of memory, with what <see cref="Write"/> will need.</summary>
    public long MemoryBytes => (long)PostingBytes * filled + terms.MemoryBytes + (long)OrderBytes * terms.Count + idBytes + 64L * documents.Count;

    /// <summary>What its arrays hold of memory, filled or not.</summary>
    public long HeldBytes => 8L * log.Length + 4L * (numbers.Length + occurrences.Length + next.Length) + 16L * sorted.Length + terms.HeldBytes + idBytes + 64L * documents.Capacity;

    /// <exception cref="ArgumentException">The id is no valid Unicode.</exception>
    public void Add(string id, ReadOnlySpan<char> text, ulong stamp)
    {
        byte[] name;
        try
        {
            name = strictUtf8.GetBytes(id);
        }
        catch (EncoderFallbackException)
        {
            throw new ArgumentException($"A document id of {id.Length} units holds half of a surrogate pair: '{id}'.");
        }
        terms.Tokens = 0;
        var counter = terms.Counter;
        analyzer.Analyze(text, ref counter);
        var start = filled;
        if (log.Length - filled < terms.Touched.Count)
            Array.Resize(ref log, checked((int)Math.Max(Math.Min(2L * log.Length, memoryBytes / PostingBytes), filled + (long)terms.Touched.Count)));
        var (occurrences, frequencies) = (terms.Occurrences, terms.Documents);
        foreach (var term in CollectionsMarshal.AsSpan(terms.Touched))
        {
            log[filled++] = new(term, occurrences[term]);
            occurrences[term] = 0;
            frequencies[term]++;
        }
        terms.Touched.Clear();
        documents.Add(new(name, terms.Tokens, stamp, start, filled - start));
        idBytes += name.Length;
    }

    /// <summary>Hands everything to a writer in the file's order and is empty then.</summary>
    /// <exception cref="ArgumentException">An id occurs twice.</exception>
    public void Write(Bm25Writer writer, CancellationToken cancellation)
    {
        documents.Sort((x, y) => x.Id.AsSpan().SequenceCompareTo(y.Id));
        for (var i = 0; i < documents.Count; i++)
        {
            var document = documents[i];
            if (i > 0 && document.Id.AsSpan().SequenceEqual(documents[i - 1].Id))
                throw new ArgumentException($"The document id '{Encoding.UTF8.GetString(document.Id)}' occurs twice.");
            writer.AddDocument(document.Id, document.Tokens, document.Stamp);
        }
        // Inverted by counting: each term's postings have a place of their own, and come in the order of the documents.
        if (next.Length <= terms.Count)
            next = new int[Math.Max(2 * next.Length, terms.Count + 1)];
        next[0] = 0;
        for (var term = 0; term < terms.Count; term++)
            next[term + 1] = next[term] + terms.Documents[term];
        if (numbers.Length < filled)
            (numbers, occurrences) = (new int[log.Length], new int[log.Length]);
        for (var i = 0; i < documents.Count; i++)
            foreach (var posting in log.AsSpan(documents[i].Start, documents[i].Terms))
            {
                var place = next[posting.Term]++;
                (numbers[place], occurrences[place]) = (i, posting.Occurrences);
            }
        foreach (var (_, term) in SortedTerms())
        {
            cancellation.ThrowIfCancellationRequested();
            var (count, end) = (terms.Documents[term], next[term]);
            writer.AddTerm(terms[term], numbers.AsSpan(end - count, count), occurrences.AsSpan(end - count, count));
        }
        terms.Clear();
        documents.Clear();
        (filled, idBytes) = (0, 0);
    }

    ReadOnlySpan<(ulong First, int Term)> SortedTerms()
    {
        if (sorted.Length < terms.Count)
            sorted = new (ulong, int)[Math.Max(2 * sorted.Length, terms.Count)];
        var order = sorted.AsSpan(0, terms.Count);
        // Nearly all are told apart by their first four units.
        for (var term = 0; term < order.Length; term++)
        {
            var text = terms[term];
            ulong first = 0;
            for (var i = 0; i < 4; i++)
                first = first << 16 | (i < text.Length ? text[i] : 0u);
            order[term] = (first, term);
        }
        order.Sort((x, y) => x.First != y.First ? x.First.CompareTo(y.First) : terms[x.Term].SequenceCompareTo(terms[y.Term]));
        return order;
    }

    readonly record struct Document(byte[] Id, int Tokens, ulong Stamp, int Start, int Terms);

    readonly record struct Posting(int Term, int Occurrences);
}
