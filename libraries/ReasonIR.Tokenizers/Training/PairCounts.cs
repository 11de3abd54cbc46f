using System.Runtime.InteropServices;

namespace ReasonIR.Tokenizers.Training;

/// <summary>
/// How often each pair of neighbors occurs and in which words, and a heap that gives the most frequent. A pair's count only falls once the
/// merge that brought it about is done (every new pair holds that merge's token), so the heap may hold old counts, which are too high, and a
/// pair that is too rare then is dropped for good.
/// </summary>
sealed class PairCounts(long minFrequency)
{
    readonly Dictionary<ulong, Pair> pairs = [];
    readonly PriorityQueue<ulong, (long NegativeCount, ulong Pair)> heap = new();
    readonly List<ulong> fresh = [];

    /// <summary>Counts occurrences in a word; words come in any order, but all occurrences of a word together.</summary>
    public void Add(int left, int right, long count, int word)
    {
        var key = Key(left, right);
        ref var pair = ref CollectionsMarshal.GetValueRefOrAddDefault(pairs, key, out var known);
        if (!known)
        {
            pair = new();
            fresh.Add(key);
        }
        pair!.Count += count;
        if (pair.Words.Count == 0 || pair.Words[^1] != word)
            pair.Words.Add(word);
    }

    public void Remove(int left, int right, long count)
    {
        if (pairs.TryGetValue(Key(left, right), out var pair))
            pair.Count -= count;
    }

    /// <summary>Ends a merge: the pairs that it brought about go into the heap, or away.</summary>
    public void Settle()
    {
        foreach (var key in fresh)
            if (pairs[key] is var pair && pair.Count >= minFrequency)
            {
                pair.Words.TrimExcess();
                heap.Enqueue(key, (-pair.Count, key));
            }
            else
                pairs.Remove(key);
        fresh.Clear();
    }

    /// <summary>Takes out the most frequent pair, of equals the one with the smaller ids; false where none is frequent enough.</summary>
    public bool TryTake(out int left, out int right, out List<int> words)
    {
        while (heap.TryDequeue(out var key, out var order))
        {
            if (!pairs.TryGetValue(key, out var pair) || pair.Count < minFrequency)
            {
                pairs.Remove(key);
                continue;
            }
            if (pair.Count != -order.NegativeCount)
            {
                heap.Enqueue(key, (-pair.Count, key));
                continue;
            }
            pairs.Remove(key);
            (left, right, words) = ((int)(key >> 32), (int)key, pair.Words);
            return true;
        }
        (left, right, words) = (0, 0, []);
        return false;
    }

    static ulong Key(int left, int right) => (ulong)(uint)left << 32 | (uint)right;

    sealed class Pair
    {
        public long Count;
        public readonly List<int> Words = new(1);
    }
}
