using System.Runtime.InteropServices;
using System.Text;
using ReasonIR.Retrieval.Analysis;

namespace ReasonIR.Retrieval.Bm25;

/// <summary>Documents that were analyzed and are not yet in a file: their ids and, document by document, their terms.</summary>
sealed class MemorySegment(IAnalyzer analyzer)
{
    static readonly UTF8Encoding strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    readonly TermTable terms = new();
    readonly List<Document> documents = [];
    Posting[] log = new Posting[1 << 12];
    /// <summary>Room for the inverted postings, used again by each writing: as garbage it would stay for long, since large arrays are collected last.</summary>
    int[] numbers = [], occurrences = [];
    int filled;
    long idBytes;

    public int Count => documents.Count;

    /// <summary>What the segment takes of memory, with what <see cref="Write"/> will need.</summary>
    public long MemoryBytes => 16L * filled + terms.MemoryBytes + idBytes + 64L * documents.Count;

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
            Array.Resize(ref log, checked(Math.Max(2 * log.Length, filled + terms.Touched.Count)));
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
        var next = new int[terms.Count + 1];
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
        foreach (var term in SortedTerms())
        {
            cancellation.ThrowIfCancellationRequested();
            var (count, end) = (terms.Documents[term], next[term]);
            writer.AddTerm(terms[term], numbers.AsSpan(end - count, count), occurrences.AsSpan(end - count, count));
        }
        terms.Clear();
        documents.Clear();
        (filled, idBytes) = (0, 0);
    }

    int[] SortedTerms()
    {
        // Nearly all are told apart by their first four units.
        var sorted = new (ulong First, int Term)[terms.Count];
        for (var term = 0; term < sorted.Length; term++)
        {
            var text = terms[term];
            ulong first = 0;
            for (var i = 0; i < 4; i++)
                first = first << 16 | (i < text.Length ? text[i] : 0u);
            sorted[term] = (first, term);
        }
        Array.Sort(sorted, (x, y) => x.First != y.First ? x.First.CompareTo(y.First) : terms[x.Term].SequenceCompareTo(terms[y.Term]));
        return Array.ConvertAll(sorted, pair => pair.Term);
    }

    readonly record struct Document(byte[] Id, int Tokens, ulong Stamp, int Start, int Terms);

    readonly record struct Posting(int Term, int Occurrences);
}
