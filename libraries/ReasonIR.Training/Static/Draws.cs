namespace ReasonIR.Training.Static;

/// <summary>Random numbers that depend on a seed and a stream alone and are the same in every version of .NET (SplitMix64, Steele et al. 2014).</summary>
struct Draws
{
    ulong state;

    public Draws(int seed, int stream)
    {
        state = (uint)seed;
        state = Next64() ^ (uint)stream;
        Next64();
    }

    /// <summary>A number from 0 to below <paramref name="below"/>.</summary>
    public int Next(int below) => (int)((UInt128)Next64() * (uint)below >> 64);

    public double NextDouble() => (Next64() >> 11) * (1.0 / (1UL << 53));

    /// <summary>Standard normal (Box and Muller).</summary>
    public float NextGaussian() => (float)(Math.Sqrt(-2 * Math.Log(1 - NextDouble())) * Math.Cos(2 * Math.PI * NextDouble()));

    /// <summary>A permutation's first <paramref name="count"/> numbers below <paramref name="total"/>.</summary>
    public int[] Distinct(int count, int total)
    {
        var all = Enumerable.Range(0, total).ToArray();
        for (var i = 0; i < count; i++)
        {
            var j = i + Next(total - i);
            (all[i], all[j]) = (all[j], all[i]);
        }
        return all[..count];
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
