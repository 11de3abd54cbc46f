namespace ReasonIR.Retrieval.Contamination;

/// <summary>
/// Which texts hold which sequences of n words: an open hash table from the 64-bit hash of a sequence to the texts that have it.
/// About 30 bytes a sequence. Two different sequences with the same hash are one in 10^19 pairs. Read by many threads once built.
/// </summary>
sealed class GramTable
{
    /// <summary>A sequence in more texts than that is boilerplate; the first ones are kept.</summary>
    public const int MostTexts = 64;

    const ulong Base = 0x9E3779B97F4A7C15;

    readonly int length;
    readonly ulong outgoing;
    ulong[] keys = new ulong[1 << 16];
    int[] heads = new int[1 << 16];
    readonly List<(int Text, int Next)> entries = [(-1, 0)];
    int used;

    public GramTable(int length)
    {
        this.length = length;
        // The factor of the word that leaves the window.
        outgoing = 1;
        for (var i = 1; i < length; i++)
            outgoing *= Base;
    }

    /// <summary>Sequences over all texts.</summary>
    public int Count => entries.Count - 1;

    /// <summary>Adds the sequences of a text; returns how many different ones it has.</summary>
    public int Add(int text, List<ulong> words)
    {
        var distinct = 0;
        var sum = 0UL;
        for (var i = 0; i < words.Count; i++)
        {
            sum = Roll(sum, words, i);
            if (i < length - 1)
                continue;
            if (2 * used >= keys.Length)
                Grow();
            var slot = SlotOf(TextTokens.Mixed(sum));
            if (heads[slot] == 0)
                (keys[slot], used) = (TextTokens.Mixed(sum), used + 1);
            else if (entries[heads[slot]].Text == text)
                continue;
            else if (ChainLength(heads[slot]) >= MostTexts)
                continue;
            entries.Add((text, heads[slot]));
            heads[slot] = entries.Count - 1;
            distinct++;
        }
        return distinct;
    }

    /// <summary>Calls with each entry (text, number of the entry) whose sequence stands in the words too.</summary>
    public void Find<TState>(List<ulong> words, TState state, Action<TState, int, int> found)
    {
        var sum = 0UL;
        for (var i = 0; i < words.Count; i++)
        {
            sum = Roll(sum, words, i);
            if (i < length - 1)
                continue;
            for (var entry = heads[SlotOf(TextTokens.Mixed(sum))]; entry != 0; entry = entries[entry].Next)
                found(state, entries[entry].Text, entry);
        }
    }

    /// <summary>Counts, for each text, its entries that were met.</summary>
    public void Covered(bool[] met, int[] counts)
    {
        for (var entry = 1; entry < entries.Count; entry++)
            if (met[entry])
                counts[entries[entry].Text]++;
    }

    ulong Roll(ulong sum, List<ulong> words, int i) => (i >= length ? sum - words[i - length] * outgoing : sum) * Base + words[i];

    int SlotOf(ulong key)
    {
        var slot = (int)(key >> 8) & keys.Length - 1;
        while (heads[slot] != 0 && keys[slot] != key)
            slot = slot + 1 & keys.Length - 1;
        return slot;
    }

    int ChainLength(int entry)
    {
        var count = 0;
        for (; entry != 0; entry = entries[entry].Next)
            count++;
        return count;
    }

    void Grow()
    {
        var (oldKeys, oldHeads) = (keys, heads);
        (keys, heads) = (new ulong[oldKeys.Length * 2], new int[oldHeads.Length * 2]);
        for (var i = 0; i < oldKeys.Length; i++)
            if (oldHeads[i] != 0)
            {
                var slot = SlotOf(oldKeys[i]);
                (keys[slot], heads[slot]) = (oldKeys[i], oldHeads[i]);
            }
    }
}
