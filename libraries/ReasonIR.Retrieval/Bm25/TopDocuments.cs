namespace ReasonIR.Retrieval.Bm25;

/// <summary>
/// The k best of a stream of positive scores, ties by smaller document number. Documents come in ascending order. Keeps 64-bit keys, the
/// score's bits above the number's complement, in a buffer; when it is full the k largest are selected, which is linear and without
/// branches that depend on the data. O(1) a document on average.
/// </summary>
sealed class TopDocuments
{
    const double BelowFloat = 1 - 1e-7;
    const int Slack = 1 << 10;

    ulong[] keys = [];
    int count, limit;
    float worst;

    /// <summary>Only sums above this can enter; 0 until there are k.</summary>
    public double Threshold { get; private set; }

    /// <summary>Whether a document of a higher number and that sum cannot enter. Scores are compared as floats; a tie is won by those that are in.</summary>
    public bool IsBelow(double sum) => (float)sum <= worst;

    /// <param name="k">At least 1.</param>
    public void Reset(int k)
    {
        (count, limit, Threshold, worst) = (0, k, 0, 0);
        if (keys.Length < 2 * k + Slack)
            keys = new ulong[2 * k + Slack];
    }

    public void Offer(float score, int document)
    {
        if (score <= worst)
            return;
        keys[count++] = (ulong)BitConverter.SingleToUInt32Bits(score) << 32 | ~(uint)document;
        if (count == keys.Length)
            Settle();
    }

    /// <summary>Forgets all but the k best and raises the threshold.</summary>
    public void Settle()
    {
        if (count < limit)
            return;
        SelectLargest();
        count = limit;
        // The smallest of those selected stands last.
        worst = BitConverter.UInt32BitsToSingle((uint)(keys[limit - 1] >> 32));
        Threshold = worst * BelowFloat;
    }

    /// <summary>The kept ones, best first.</summary>
    public (float Score, int Document)[] Take()
    {
        Settle();
        keys.AsSpan(0, count).Sort();
        var best = new (float, int)[count];
        for (var i = 0; i < best.Length; i++)
        {
            var key = keys[count - 1 - i];
            best[i] = (BitConverter.UInt32BitsToSingle((uint)(key >> 32)), (int)~(uint)key);
        }
        return best;
    }

    // Quickselect: afterwards the place limit - 1 holds its key of the descending order, larger ones before it.
    void SelectLargest()
    {
        int low = 0, high = count - 1;
        while (low < high)
        {
            var pivot = Median(keys[low], keys[(low + high) >>> 1], keys[high]);
            // Keys differ, so exactly one is the pivot: bring it to the end and the larger ones to the front.
            var place = keys.AsSpan(low..(high + 1)).IndexOf(pivot) + low;
            (keys[place], keys[high]) = (keys[high], pivot);
            var end = low;
            for (var i = low; i < high; i++)
            {
                var key = keys[i];
                keys[i] = keys[end];
                keys[end] = key;
                end += key > pivot ? 1 : 0;
            }
            (keys[end], keys[high]) = (pivot, keys[end]);
            if (end == limit - 1)
                return;
            if (end < limit - 1)
                low = end + 1;
            else
                high = end - 1;
        }
    }

    static ulong Median(ulong a, ulong b, ulong c) => Math.Max(Math.Min(a, b), Math.Min(Math.Max(a, b), c));
}
