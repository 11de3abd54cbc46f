namespace ReasonIR.Tokenizers.Models.Bpe;

/// <summary>A heap of the merges that wait, four children a node: the earliest rank on top, of equal ones the leftmost place. Never grows beyond its buffer.</summary>
ref struct MergeHeap(Span<ulong> buffer)
{
    readonly Span<ulong> entries = buffer;
    int count;

    public static ulong Entry(int rank, int at) => (ulong)rank << 32 | (uint)at;

    /// <summary>Adds without order; <see cref="Order"/> comes before the first pop.</summary>
    public void Append(ulong entry) => entries[count++] = entry;

    public readonly void Order()
    {
        for (var i = (count - 2) / 4; i >= 0 && count > 1; i--)
            Sink(i, entries[i]);
    }

    public void Push(ulong entry)
    {
        var at = count++;
        while (at > 0 && (at - 1) / 4 is var parent && entries[parent] > entry)
        {
            entries[at] = entries[parent];
            at = parent;
        }
        entries[at] = entry;
    }

    public bool TryPop(out ulong entry)
    {
        if (count == 0)
        {
            entry = 0;
            return false;
        }
        entry = entries[0];
        if (--count > 0)
            Sink(0, entries[count]);
        return true;
    }

    readonly void Sink(int at, ulong entry)
    {
        for (int child; (child = 4 * at + 1) < count;)
        {
            var least = child;
            for (var i = child + 1; i < Math.Min(child + 4, count); i++)
                if (entries[i] < entries[least])
                    least = i;
            if (entries[least] >= entry)
                break;
            entries[at] = entries[least];
            at = least;
        }
        entries[at] = entry;
    }
}
