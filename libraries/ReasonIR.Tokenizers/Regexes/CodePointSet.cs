namespace ReasonIR.Tokenizers.Regexes;

/// <summary>A set of Unicode scalar values, as sorted ranges that neither overlap nor touch. Immutable.</summary>
sealed class CodePointSet
{
    const int Most = 0x10FFFF;

    CodePointSet(List<(int First, int Last)> ranges) => Ranges = ranges;

    public IReadOnlyList<(int First, int Last)> Ranges { get; }

    public static CodePointSet Empty { get; } = new([]);

    /// <summary>Everything but surrogates, which are no characters.</summary>
    public static CodePointSet All { get; } = new([(0, 0xD7FF), (0xE000, Most)]);

    public static CodePointSet Of(int codePoint) => Of(codePoint, codePoint);

    public static CodePointSet Of(int first, int last) => Of([(first, last)]);

    public static CodePointSet Of(string characters) => Of(characters.EnumerateRunes().Select(rune => (rune.Value, rune.Value)));

    /// <summary>From ranges in any order.</summary>
    public static CodePointSet Of(IEnumerable<(int First, int Last)> ranges)
    {
        var result = new List<(int First, int Last)>();
        foreach (var (first, last) in ranges.Order())
            if (result.Count > 0 && first <= result[^1].Last + 1)
                result[^1] = (result[^1].First, Math.Max(last, result[^1].Last));
            else
                result.Add((first, last));
        return new(result);
    }

    public static CodePointSet Where(Predicate<int> contains)
    {
        var result = new List<(int First, int Last)>();
        for (var c = 0; c <= Most; c = c == 0xD7FF ? 0xE000 : c + 1)
            if (contains(c))
                if (result.Count > 0 && result[^1].Last == c - 1)
                    result[^1] = (result[^1].First, c);
                else
                    result.Add((c, c));
        return new(result);
    }

    public bool IsEmpty => Ranges.Count == 0;

    public bool Contains(int codePoint)
    {
        var (low, high) = (0, Ranges.Count - 1);
        while (low <= high)
        {
            var middle = (low + high) / 2;
            if (codePoint < Ranges[middle].First)
                high = middle - 1;
            else if (codePoint > Ranges[middle].Last)
                low = middle + 1;
            else
                return true;
        }
        return false;
    }

    public CodePointSet Union(CodePointSet other) => Of(Ranges.Concat(other.Ranges));

    public CodePointSet Complement()
    {
        var result = new List<(int First, int Last)>();
        var next = 0;
        foreach (var (first, last) in Ranges)
        {
            if (next < first)
                result.Add((next, first - 1));
            next = last + 1;
        }
        if (next <= Most)
            result.Add((next, Most));
        return new CodePointSet(result).IntersectRanges(All);
    }

    public CodePointSet Intersect(CodePointSet other) => IntersectRanges(other);

    public IEnumerable<int> CodePoints() => Ranges.SelectMany(range => Enumerable.Range(range.First, range.Last - range.First + 1));

    CodePointSet IntersectRanges(CodePointSet other)
    {
        var result = new List<(int First, int Last)>();
        for (int i = 0, j = 0; i < Ranges.Count && j < other.Ranges.Count;)
        {
            var (first, last) = (Math.Max(Ranges[i].First, other.Ranges[j].First), Math.Min(Ranges[i].Last, other.Ranges[j].Last));
            if (first <= last)
                result.Add((first, last));
            if (Ranges[i].Last < other.Ranges[j].Last)
                i++;
            else
                j++;
        }
        return new(result);
    }
}
