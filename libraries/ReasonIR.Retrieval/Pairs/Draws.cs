namespace ReasonIR.Retrieval.Pairs;

/// <summary>Random numbers that depend on a seed and a step alone and are the same in every version of .NET (SplitMix64, Steele et al. 2014).</summary>
struct Draws
{
    ulong state;

    public Draws(int seed, int step)
    {
        state = (uint)seed;
        state = Next64() ^ (uint)step;
        Next64();
    }

    /// <summary>A number from 0 to below <paramref name="below"/>.</summary>
    public int Next(int below) => (int)((UInt128)Next64() * (uint)below >> 64);

    public double NextDouble() => (Next64() >> 11) * (1.0 / (1UL << 53));

    public void Shuffle<T>(Span<T> items)
    {
        for (var i = items.Length - 1; i > 0; i--)
        {
            var j = Next(i + 1);
            (items[i], items[j]) = (items[j], items[i]);
        }
    }

    /// <summary>Different numbers below <paramref name="total"/> in random order (Floyd's algorithm).</summary>
    public int[] Distinct(int count, int total)
    {
        var chosen = new HashSet<int>(count);
        var result = new int[count];
        for (int i = 0, limit = total - count; i < count; i++, limit++)
        {
            var candidate = Next(limit + 1);
            if (!chosen.Add(candidate))
                chosen.Add(candidate = limit);
            result[i] = candidate;
        }
        Shuffle<int>(result);
        return result;
    }

    ulong Next64()
    {
        state += 0x9E3779B97F4A7C15;
        var z = state;
        z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9;
        z = (z ^ z >> 27) * 0x94D049BB133111EB;
        return z ^ z >> 31;
    }
}
