namespace ReasonIR.Synthesis.Seeds;

/// <summary>Words as the filters and checks count them: runs of letters and digits.</summary>
public static class Words
{
    public static int Count(ReadOnlySpan<char> text)
    {
        var count = 0;
        var inside = false;
        foreach (var character in text)
        {
            var letter = char.IsLetterOrDigit(character);
            if (letter && !inside)
                count++;
            inside = letter;
        }
        return count;
    }

    /// <summary>The words in lower case.</summary>
    public static IReadOnlyList<string> Of(string text)
    {
        var words = new List<string>();
        var start = -1;
        for (var i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && char.IsLetterOrDigit(text[i]))
            {
                start = start < 0 ? i : start;
                continue;
            }
            if (start >= 0)
                words.Add(text[start..i].ToLowerInvariant());
            start = -1;
        }
        return words;
    }

    /// <summary>The first run of <paramref name="length"/> words that both texts hold, or null.</summary>
    public static string? SharedRun(string text, string other, int length)
    {
        var (words, known) = (Of(text), Of(other));
        if (words.Count < length || known.Count < length)
            return null;
        var places = new Dictionary<ulong, int>(known.Count);
        foreach (var (place, hash) in Hashes(known, length).Index())
            places.TryAdd(hash, place);
        foreach (var (place, hash) in Hashes(words, length).Index())
            if (places.TryGetValue(hash, out var same) && Enumerable.Range(0, length).All(i => words[place + i] == known[same + i]))
                return string.Join(' ', words.Skip(place).Take(length));
        return null;
    }

    /// <summary>A hash of each run of so many words, rolled on from one to the next.</summary>
    static IEnumerable<ulong> Hashes(IReadOnlyList<string> words, int length)
    {
        const ulong Factor = 0x9E3779B97F4A7C15;
        ulong hash = 0, leaving = 1;
        for (var i = 0; i < length; i++)
            leaving *= Factor;
        for (var i = 0; i < words.Count; i++)
        {
            hash = hash * Factor + (uint)words[i].GetHashCode(StringComparison.Ordinal);
            if (i >= length)
                hash -= leaving * (uint)words[i - length].GetHashCode(StringComparison.Ordinal);
            if (i >= length - 1)
                yield return hash;
        }
    }
}
