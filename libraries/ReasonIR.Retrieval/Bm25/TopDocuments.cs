namespace ReasonIR.Retrieval.Bm25;

/// <summary>
/// The k best of a stream of positive scores, ties by smaller document number: a heap of 64-bit keys, the score's bits above the number's
/// complement, with the worst kept on top. Documents come in ascending order. O(log k) for those that enter.
/// </summary>
sealed class TopDocuments
{
    const double BelowFloat = 1 - 1e-7;

    readonly List<ulong> heap = [];
    int limit;
    float worst;

    /// <summary>Only sums above this can enter; 0 until there are k.</summary>
    public double Threshold { get; private set; }

    /// <summary>Whether a document of a higher number and that sum cannot enter. Scores are compared as floats; a tie is won by those that are in.</summary>
    public bool IsBelow(double sum) => (float)sum <= worst;

    public void Reset(int k)
    {
        heap.Clear();
        limit = k;
        (Threshold, worst) = (0, 0);
    }

    public void Offer(float score, int document)
    {
        var key = (ulong)BitConverter.SingleToUInt32Bits(score) << 32 | ~(uint)document;
        if (heap.Count < limit)
        {
            heap.Add(key);
            Up(heap.Count - 1);
        }
        else if (limit > 0 && key > heap[0])
        {
            heap[0] = key;
            Down();
        }
        else
        {
            return;
        }
        if (heap.Count == limit)
        {
            worst = BitConverter.UInt32BitsToSingle((uint)(heap[0] >> 32));
            Threshold = worst * BelowFloat;
        }
    }

    /// <summary>The kept ones, best first. The heap is used up.</summary>
    public (float Score, int Document)[] Take()
    {
        heap.Sort();
        var best = new (float, int)[heap.Count];
        for (var i = 0; i < best.Length; i++)
        {
            var key = heap[heap.Count - 1 - i];
            best[i] = (BitConverter.UInt32BitsToSingle((uint)(key >> 32)), (int)~(uint)key);
        }
        heap.Clear();
        return best;
    }

    void Up(int child)
    {
        while (child > 0 && heap[child] < heap[(child - 1) / 2])
        {
            (heap[child], heap[(child - 1) / 2]) = (heap[(child - 1) / 2], heap[child]);
            child = (child - 1) / 2;
        }
    }

    void Down()
    {
        for (int parent = 0, child; (child = 2 * parent + 1) < heap.Count; parent = child)
        {
            if (child + 1 < heap.Count && heap[child + 1] < heap[child])
                child++;
            if (heap[parent] <= heap[child])
                return;
            (heap[parent], heap[child]) = (heap[child], heap[parent]);
        }
    }
}
