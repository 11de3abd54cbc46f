using System.Text;

namespace ReasonIR.Retrieval.Bm25;

/// <summary>
/// Several index files become one, as if all their documents had been indexed together. Streams: it holds 4 bytes a document, one
/// term's postings and <see cref="Bm25File.Window"/> of the mapped files in memory.
/// </summary>
/// <param name="files">Of one analyzer, leased by the caller.</param>
/// <param name="kept">The documents of each that are taken over; null: all.</param>
sealed class Bm25Merge(IReadOnlyList<Bm25File> files, IReadOnlyList<IReadOnlyList<bool>?> kept)
{
    const int Dropped = -1;

    readonly int[][] numbers = [.. files.Select(file => new int[file.Header.Documents])];
    readonly PostingCursor cursor = new();
    int[] documents = new int[1 << 10], occurrences = new int[1 << 10];
    ulong[] keys = new ulong[1 << 10], merged = new ulong[1 << 10];
    long passed;

    /// <exception cref="ArgumentException">Two documents that are taken over have one id.</exception>
    public void Write(Bm25Writer writer, CancellationToken cancellation)
    {
        MergeDocuments(writer, cancellation);
        MergeTerms(writer, cancellation);
    }

    void MergeDocuments(Bm25Writer writer, CancellationToken cancellation)
    {
        var walkers = files.Select(file => new IdWalker(file)).ToArray();
        var next = new int[files.Count];
        for (var i = 0; i < files.Count; i++)
            Read(i);
        byte[] before = [];
        for (var count = 0; ; count++)
        {
            var least = -1;
            for (var i = 0; i < files.Count; i++)
                if (next[i] < files[i].Header.Documents && (least < 0 || walkers[i].Current.SequenceCompareTo(walkers[least].Current) < 0))
                    least = i;
            if (least < 0)
                return;
            cancellation.ThrowIfCancellationRequested();
            var (file, document) = (files[least], next[least]);
            if (count > 0 && walkers[least].Current.SequenceEqual(before))
                throw new ArgumentException($"The document id '{Encoding.UTF8.GetString(before)}' occurs twice.");
            before = walkers[least].Current.ToArray();
            writer.AddDocument(before, file.Lengths[document], file.Stamps[document]);
            numbers[least][document] = count;
            next[least]++;
            Read(least);
        }

        // Goes on to the next document that is taken over.
        void Read(int i)
        {
            for (; next[i] < files[i].Header.Documents; next[i]++)
            {
                walkers[i].Next(next[i]);
                Pass(Bm25Layout.DocumentBytes + walkers[i].Current.Length);
                if (kept[i]?[next[i]] != false)
                    return;
                numbers[i][next[i]] = Dropped;
            }
        }
    }

    void MergeTerms(Bm25Writer writer, CancellationToken cancellation)
    {
        var next = new int[files.Count];
        var (texts, lengths) = (new char[files.Count][], new int[files.Count]);
        for (var i = 0; i < files.Count; i++)
        {
            texts[i] = new char[256];
            Read(i);
        }
        while (true)
        {
            cancellation.ThrowIfCancellationRequested();
            var least = -1;
            for (var i = 0; i < files.Count; i++)
                if (next[i] < files[i].Header.Terms && (least < 0 || Text(i).SequenceCompareTo(Text(least)) < 0))
                    least = i;
            if (least < 0)
                return;
            var term = Text(least).ToString();
            var count = 0;
            var runs = new List<int>();
            for (var i = 0; i < files.Count; i++)
            {
                if (next[i] == files[i].Header.Terms || !Text(i).SequenceEqual(term))
                    continue;
                runs.Add(count);
                count = Take(i, next[i], count);
                next[i]++;
                Read(i);
            }
            if (count > 0)
                Write(writer, term, count, runs);
        }

        ReadOnlySpan<char> Text(int i) => texts[i].AsSpan(0, lengths[i]);

        void Read(int i)
        {
            if (next[i] == files[i].Header.Terms)
                return;
            var bytes = files[i].TermBytes(next[i]);
            if (texts[i].Length < bytes.Length)
                texts[i] = new char[bytes.Length];
            lengths[i] = TermText.Decode(bytes, texts[i]);
            Pass(TermRecord.Bytes + bytes.Length);
        }
    }

    /// <summary>Appends a term's postings of one file under the new numbers and returns how many there are then.</summary>
    int Take(int file, int term, int count)
    {
        cursor.Open(files[file], term);
        if (documents.Length - count < cursor.Documents)
        {
            var size = checked(Math.Max(2 * documents.Length, count + cursor.Documents));
            Array.Resize(ref documents, size);
            Array.Resize(ref occurrences, size);
        }
        var renumbered = numbers[file];
        for (var block = 0; block < cursor.Blocks; block++)
        {
            cursor.Decode(block);
            var held = cursor.Numbers;
            var times = cursor.Occurrences;
            for (var i = 0; i < held.Length; i++)
            {
                (documents[count], occurrences[count]) = (renumbered[held[i]], times[i]);
                if (documents[count] != Dropped)
                    count++;
            }
        }
        Pass(files[file].PostingBytes(term).Length);
        return count;
    }

    /// <summary>Bytes were read that will not be read again.</summary>
    void Pass(long bytes)
    {
        if ((passed += bytes) < Bm25File.Window)
            return;
        foreach (var file in files)
            file.Forget();
        passed = 0;
    }

    void Write(Bm25Writer writer, string term, int count, List<int> runs)
    {
        // Each file's numbers ascend; together they often do not.
        for (var i = 1; i < runs.Count; i++)
            if (runs[i] > 0 && runs[i] < count && documents[runs[i]] < documents[runs[i] - 1])
            {
                Sort(count, runs);
                break;
            }
        writer.AddTerm(term, documents.AsSpan(0, count), occurrences.AsSpan(0, count));
    }

    void Sort(int count, List<int> runs)
    {
        if (keys.Length < count)
            (keys, merged) = (new ulong[documents.Length], new ulong[documents.Length]);
        for (var i = 0; i < count; i++)
            keys[i] = (ulong)(uint)documents[i] << 32 | (uint)occurrences[i];
        for (runs.Add(count); runs.Count > 2;)
        {
            var joined = new List<int>();
            for (var i = 0; i + 1 < runs.Count; i += 2)
            {
                joined.Add(runs[i]);
                var (middle, end) = (runs[i + 1], i + 2 < runs.Count ? runs[i + 2] : runs[i + 1]);
                MergeRuns(keys.AsSpan(runs[i]..middle), keys.AsSpan(middle..end), merged.AsSpan(runs[i]..end));
            }
            joined.Add(count);
            (runs, keys, merged) = (joined, merged, keys);
        }
        for (var i = 0; i < count; i++)
            (documents[i], occurrences[i]) = ((int)(keys[i] >> 32), (int)(uint)keys[i]);
    }

    static void MergeRuns(ReadOnlySpan<ulong> a, ReadOnlySpan<ulong> b, Span<ulong> target)
    {
        int i = 0, j = 0;
        for (var at = 0; at < target.Length; at++)
            target[at] = j == b.Length || i < a.Length && a[i] < b[j] ? a[i++] : b[j++];
    }
}
