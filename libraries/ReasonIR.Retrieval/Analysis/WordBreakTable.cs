using System.Globalization;

namespace ReasonIR.Retrieval.Analysis;

/// <summary>Looks up the word-break class of a code point: a 64 KiB table for the basic plane, binary search beyond it.</summary>
static class WordBreakTable
{
    static readonly byte[] basicPlane = new byte[0x10000];
    static readonly (int First, int Last, WordBreakClass Class)[] beyond;

    static WordBreakTable()
    {
        var ranges = new List<(int First, int Last, WordBreakClass Class)>();
        foreach (var (kind, text) in WordBreakRanges.All)
        {
            foreach (var range in text.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))
            {
                var dash = range.IndexOf('-', StringComparison.Ordinal);
                var first = Hex(dash < 0 ? range : range[..dash]);
                var last = dash < 0 ? first : Hex(range[(dash + 1)..]);
                if (last < 0x10000)
                    basicPlane.AsSpan(first, last - first + 1).Fill((byte)kind);
                else
                    ranges.Add((first, last, kind));
            }
        }
        basicPlane.AsSpan(0xD800, 0x800).Fill((byte)WordBreakClass.Surrogate);
        ranges.Sort((x, y) => x.First.CompareTo(y.First));
        beyond = [.. ranges];
    }

    /// <summary>The class of every UTF-16 unit; <see cref="WordBreakClass.Surrogate"/> for halves of pairs.</summary>
    public static ReadOnlySpan<byte> BasicPlane => basicPlane;

    /// <summary>The class of a code point above U+FFFF.</summary>
    public static WordBreakClass Beyond(int codePoint)
    {
        int low = 0, high = beyond.Length - 1;
        while (low <= high)
        {
            var middle = (low + high) >>> 1;
            ref readonly var range = ref beyond[middle];
            if (codePoint < range.First)
                high = middle - 1;
            else if (codePoint > range.Last)
                low = middle + 1;
            else
                return range.Class;
        }
        return WordBreakClass.Other;
    }

    static int Hex(string text) => int.Parse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
