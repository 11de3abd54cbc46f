using System.Runtime.InteropServices;
using System.Text;
using ReasonIR.Retrieval.Analysis;
using ReasonIR.Retrieval.Ranking;

namespace ReasonIR.Retrieval.Bm25;

/// <summary>
/// Builds an index file from documents one after the other. Holds the ids, the distinct terms and a bounded part of the postings
/// in memory; the file appears under its name only when <see cref="Complete"/> has written all of it. Not thread-safe.
/// </summary>
public sealed class Bm25Builder : IDisposable
{
    /// <summary>What the postings may take of memory before they go to a temporary file beside the index.</summary>
    public const long DefaultPostingBytes = 256L << 20;

    static readonly UTF8Encoding strictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    readonly IAnalyzer analyzer;
    readonly string path;
    readonly string temporary;
    readonly PostingLog log;
    readonly List<string> ids = [];
    readonly List<int> lengths = [];
    readonly List<int> distinct = [];
    TermCounter counter = new();
    long tokens;
    bool completed;

    /// <param name="analyzer">Its name is stored; queries are analyzed by the analyzer of that name.</param>
    /// <param name="path">The index file; its folder must exist.</param>
    /// <param name="postingBytes">See <see cref="DefaultPostingBytes"/>.</param>
    public Bm25Builder(IAnalyzer analyzer, string path, long postingBytes = DefaultPostingBytes)
    {
        this.analyzer = analyzer;
        this.path = Path.GetFullPath(path);
        temporary = $"{this.path}.{Guid.NewGuid():N}.tmp";
        log = new(temporary + ".postings", postingBytes);
    }

    /// <summary>The number of documents so far.</summary>
    public int Count => ids.Count;

    /// <summary>Adds a document. Ids must differ; that is checked at the end.</summary>
    /// <param name="text">What is searched: title, a blank, text.</param>
    public void Add(string id, ReadOnlySpan<char> text)
    {
        ObjectDisposedException.ThrowIf(completed, this);
        counter.Tokens = 0;
        analyzer.Analyze(text, ref counter);
        ids.Add(id);
        lengths.Add(counter.Tokens);
        distinct.Add(counter.Touched.Count);
        tokens += counter.Tokens;
        foreach (var term in CollectionsMarshal.AsSpan(counter.Touched))
        {
            log.Add(term, counter.Occurrences[term]);
            counter.Occurrences[term] = 0;
        }
        counter.Touched.Clear();
    }

    /// <summary>Writes the file, flushes it to disk and gives it its name, replacing an older one.</summary>
    /// <exception cref="ArgumentException">An id occurs twice, or is no valid Unicode.</exception>
    public Bm25Statistics Complete(CancellationToken cancellation = default)
    {
        ObjectDisposedException.ThrowIf(completed, this);
        completed = true;
        var byRank = Enumerable.Range(0, ids.Count).ToArray();
        Array.Sort(byRank, (x, y) => DocumentOrder.CompareIds(ids[x], ids[y]));
        for (var i = 1; i < byRank.Length; i++)
            if (ids[byRank[i]] == ids[byRank[i - 1]])
                throw new ArgumentException($"The document id '{ids[byRank[i]]}' occurs twice.");
        var header = new Bm25Header
        {
            Magic = Bm25Header.MagicNumber,
            Version = Bm25Header.CurrentVersion,
            Documents = ids.Count,
            DocumentsWithTerms = lengths.Count(length => length > 0),
            Terms = counter.Terms.Count,
            Postings = log.Count,
            Tokens = tokens,
            IdBytes = ids.Sum(IdBytes),
            TermUnits = counter.Terms.Sum(term => (long)term.Length),
            Buckets = TermHash.BucketsFor(counter.Terms.Count),
            Analyzer = analyzer.Name,
        };
        try
        {
            using (var file = new FileStream(temporary, FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, 1))
            {
                using (var mapped = MappedFile.ForWriting(file, new Bm25Layout(header).End))
                {
                    Write(mapped, header, byRank, cancellation);
                    mapped.Flush();
                }
                file.Flush(flushToDisk: true);
            }
            File.Move(temporary, path, overwrite: true);
        }
        catch
        {
            File.Delete(temporary);
            throw;
        }
        return new(header.Documents, header.DocumentsWithTerms, header.Terms, header.Postings, header.Tokens);
    }

    public void Dispose()
    {
        completed = true;
        log.Dispose();
    }

    long IdBytes(string id)
    {
        try
        {
            return strictUtf8.GetByteCount(id);
        }
        catch (EncoderFallbackException)
        {
            throw new ArgumentException($"A document id of {id.Length} units holds half of a surrogate pair: '{id}'.");
        }
    }

    void Write(MappedFile file, Bm25Header header, int[] byRank, CancellationToken cancellation)
    {
        var layout = new Bm25Layout(header);
        WriteDocuments(file, layout, byRank);
        WriteTerms(file, layout, header.Buckets);
        WritePostings(file, layout, cancellation);
        header.BodyChecksum = file.Checksum(Bm25Header.Bytes);
        header.HeaderChecksum = header.ComputeChecksum();
        file.Item<Bm25Header>(0, 0) = header;
    }

    void WriteDocuments(MappedFile file, Bm25Layout layout, int[] byRank)
    {
        var ranks = file.Items<int>(layout.Ranks, ids.Count);
        for (var rank = 0; rank < byRank.Length; rank++)
            ranks[byRank[rank]] = rank;
        byRank.CopyTo(file.Items<int>(layout.ByRank, ids.Count));
        CollectionsMarshal.AsSpan(lengths).CopyTo(file.Items<int>(layout.Lengths, ids.Count));
        var codes = file.Items<byte>(layout.LengthCodes, ids.Count);
        var offsets = file.Items<long>(layout.IdOffsets, ids.Count + 1L);
        for (var i = 0; i < ids.Count; i++)
        {
            codes[i] = LengthCode.Encode(lengths[i]);
            var bytes = strictUtf8.GetByteCount(ids[i]);
            strictUtf8.GetBytes(ids[i], file.Items<byte>(layout.Ids + offsets[i], bytes));
            offsets[i + 1] = offsets[i] + bytes;
        }
    }

    void WriteTerms(MappedFile file, Bm25Layout layout, int buckets)
    {
        var offsets = file.Items<long>(layout.TermOffsets, counter.Terms.Count + 1L);
        var table = file.Items<int>(layout.Table, buckets);
        for (var i = 0; i < counter.Terms.Count; i++)
        {
            var term = counter.Terms[i];
            term.CopyTo(file.Items<char>(layout.TermText + 2 * offsets[i], term.Length));
            offsets[i + 1] = offsets[i] + term.Length;
            var bucket = (int)(TermHash.Of(term) & (buckets - 1));
            while (table[bucket] != 0)
                bucket = bucket + 1 & buckets - 1;
            table[bucket] = i + 1;
        }
    }

    // The log stands in the order of the documents, so each term's postings arrive in ascending order.
    void WritePostings(MappedFile file, Bm25Layout layout, CancellationToken cancellation)
    {
        var offsets = file.Items<long>(layout.PostingOffsets, counter.Terms.Count + 1L);
        foreach (var chunk in log.Read())
            foreach (var posting in chunk.Span)
                offsets[posting.Term + 1]++;
        for (var i = 1; i < offsets.Length; i++)
            offsets[i] += offsets[i - 1];
        var next = offsets[..^1].ToArray();
        int document = -1, left = 0;
        foreach (var chunk in log.Read())
        {
            cancellation.ThrowIfCancellationRequested();
            foreach (var posting in chunk.Span)
            {
                while (left == 0)
                    left = distinct[++document];
                left--;
                var place = next[posting.Term]++;
                file.Item<int>(layout.PostingDocuments, place) = document;
                file.Item<int>(layout.PostingCounts, place) = posting.Occurrences;
            }
        }
    }
}
