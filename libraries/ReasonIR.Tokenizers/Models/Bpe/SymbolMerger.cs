using System.Buffers;

namespace ReasonIR.Tokenizers.Models.Bpe;

/// <summary>
/// Byte-pair encoding of one word (Sennrich et al. 2016): of all neighbors that have a merge the earliest merge is done, of equal ones the
/// leftmost, until none is left. Short words by scanning for it, long ones by a heap: a word of n symbols takes O(n log n).
/// </summary>
sealed class SymbolMerger(MergeTable merges)
{
    const int Short = 48;

    /// <summary>Merges in place.</summary>
    /// <param name="ids">The word's symbols.</param>
    /// <param name="starts">Where each symbol begins; a merged one begins where its left part does. As long as <paramref name="ids"/>, or empty where nobody asks.</param>
    /// <returns>How many symbols are left, at the front of both.</returns>
    public int Merge(Span<int> ids, Span<int> starts) =>
        ids.Length < 2 ? ids.Length : ids.Length <= Short ? Scan(ids, starts) : Heap(ids, starts);

    int Scan(Span<int> ids, Span<int> starts)
    {
        Span<long> pairs = stackalloc long[Short];
        var count = ids.Length;
        for (var i = 0; i + 1 < count; i++)
            pairs[i] = merges.Find(ids[i], ids[i + 1]);
        while (count > 1)
        {
            var (best, at) = (MergeTable.None, 0);
            for (var i = 0; i + 1 < count; i++)
                if (pairs[i] < best)
                    (best, at) = (pairs[i], i);
            if (best == MergeTable.None)
                break;
            ids[at] = MergeTable.Result(best);
            ids[(at + 2)..count].CopyTo(ids[(at + 1)..]);
            if (starts.Length > 0)
                starts[(at + 2)..count].CopyTo(starts[(at + 1)..]);
            // The pair that began with the right part goes; its left neighbor and its own are new.
            if (at + 2 < count)
                pairs[(at + 2)..(count - 1)].CopyTo(pairs[(at + 1)..]);
            count--;
            if (at > 0)
                pairs[at - 1] = merges.Find(ids[at - 1], ids[at]);
            if (at + 1 < count)
                pairs[at] = merges.Find(ids[at], ids[at + 1]);
        }
        return count;
    }

    int Heap(Span<int> ids, Span<int> starts)
    {
        var count = ids.Length;
        var links = ArrayPool<int>.Shared.Rent(2 * count);
        // At most one entry a pair to begin with and two for each merge done, which takes one away.
        var waiting = ArrayPool<ulong>.Shared.Rent(2 * count);
        var previous = links.AsSpan(0, count);
        var next = links.AsSpan(count, count);
        var heap = new MergeHeap(waiting);
        for (var i = 0; i < count; i++)
        {
            (previous[i], next[i]) = (i - 1, i + 1);
            if (i + 1 < count && merges.Find(ids[i], ids[i + 1]) is var pair and not MergeTable.None)
                heap.Append(MergeHeap.Entry(MergeTable.Rank(pair), i));
        }
        heap.Order();
        while (heap.TryPop(out var entry))
        {
            // Out of date where the left part was merged into its neighbor, or the pair that begins here is no longer this one.
            var (rank, at) = ((int)(entry >> 32), (int)entry);
            var right = ids[at] < 0 ? count : next[at];
            var merge = right < count ? merges.Find(ids[at], ids[right]) : MergeTable.None;
            if (merge == MergeTable.None || MergeTable.Rank(merge) != rank)
                continue;
            ids[at] = MergeTable.Result(merge);
            ids[right] = -1;
            var after = next[at] = next[right];
            if (after < count)
            {
                previous[after] = at;
                if (merges.Find(ids[at], ids[after]) is var following and not MergeTable.None)
                    heap.Push(MergeHeap.Entry(MergeTable.Rank(following), at));
            }
            if (previous[at] is var before and >= 0 && merges.Find(ids[before], ids[at]) is var preceding and not MergeTable.None)
                heap.Push(MergeHeap.Entry(MergeTable.Rank(preceding), before));
        }
        ArrayPool<int>.Shared.Return(links);
        ArrayPool<ulong>.Shared.Return(waiting);
        var left = 0;
        for (var i = 0; i < count; i++)
            if (ids[i] >= 0)
            {
                ids[left] = ids[i];
                if (starts.Length > 0)
                    starts[left] = starts[i];
                left++;
            }
        return left;
    }
}
