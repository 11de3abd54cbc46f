namespace ReasonIR.Training.Contrastive;

/// <summary>Random numbers that depend on what they are for alone, so that a resumed run draws the same (SplitMix64, Steele et al. 2014).</summary>
public struct SeededDraw
{
    ulong state;

    public SeededDraw(params ReadOnlySpan<long> keys)
    {
        foreach (var key in keys)
        {
            state ^= (ulong)key;
            state = Next();
        }
    }

    public ulong Next()
    {
        state += 0x9E3779B97F4A7C15;
        var x = state;
        x = (x ^ x >> 30) * 0xBF58476D1CE4E5B9;
        x = (x ^ x >> 27) * 0x94D049BB133111EB;
        return x ^ x >> 31;
    }

    /// <summary>A whole number from 0 to below <paramref name="bound"/>.</summary>
    public int Below(int bound) => (int)Math.BigMul(Next(), (ulong)bound, out _);

    /// <summary>0 to <paramref name="count"/> - 1 in a random order.</summary>
    public int[] Permutation(int count)
    {
        var order = new int[count];
        for (var i = 0; i < count; i++)
        {
            var j = Below(i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }

    /// <summary>At most <paramref name="count"/> items of the list, none twice.</summary>
    public List<T> Some<T>(IReadOnlyList<T> items, int count)
    {
        if (count >= items.Count)
            return [.. items];
        var order = Permutation(items.Count);
        return [.. order.Take(count).Select(i => items[i])];
    }

    /// <summary>64 bits of a text (FNV-1a over UTF-16, then mixed), the same in every process.</summary>
    public static long Hash(string text)
    {
        var hash = 14695981039346656037;
        foreach (var c in text)
            hash = (hash ^ c) * 1099511628211;
        return (long)new SeededDraw((long)hash).Next();
    }
}
