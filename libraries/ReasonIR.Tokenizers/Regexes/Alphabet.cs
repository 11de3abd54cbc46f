namespace ReasonIR.Tokenizers.Regexes;

/// <summary>
/// .NET's engine sees UTF-16 units. So that it takes every character as one, those beyond the basic plane are written for it as single lone
/// surrogates, which no text holds: one for each way of belonging to the pattern's sets. The pattern's sets are written in the same alphabet.
/// </summary>
sealed class Alphabet
{
    const int FirstStandIn = 0xD800, MostStandIns = 0x800;

    // Where beyond the basic plane the stand-in changes, ascending, and the stand-in from there on.
    readonly int[] starts;
    readonly char[] standIns;

    /// <exception cref="NotSupportedException">The sets tell more kinds of characters apart than there are lone surrogates.</exception>
    public Alphabet(IReadOnlyCollection<CodePointSet> sets)
    {
        starts = [.. sets.SelectMany(set => set.Ranges).SelectMany(range => new[] { range.First, range.Last + 1 }).Append(0x10000).Where(c => c is >= 0x10000 and <= 0x10FFFF).Distinct().Order()];
        standIns = new char[starts.Length];
        var known = new Dictionary<string, char>(StringComparer.Ordinal);
        for (var i = 0; i < starts.Length; i++)
        {
            var belongs = string.Concat(sets.Select(set => set.Contains(starts[i]) ? '1' : '0'));
            if (!known.TryGetValue(belongs, out standIns[i]))
            {
                if (known.Count == MostStandIns)
                    throw new NotSupportedException($"a pattern that tells more than {MostStandIns} kinds of characters beyond U+FFFF apart is not supported");
                known[belongs] = standIns[i] = (char)(FirstStandIn + known.Count);
            }
        }
    }

    /// <summary>A set as ranges of UTF-16 units.</summary>
    public IEnumerable<(char First, char Last)> Units(CodePointSet set)
    {
        foreach (var (first, last) in set.Ranges.Where(range => range.First <= 0xFFFF))
            yield return ((char)first, (char)Math.Min(last, 0xFFFF));
        foreach (var standIn in Enumerable.Range(0, starts.Length).Where(i => set.Contains(starts[i])).Select(i => standIns[i]).Distinct())
            yield return (standIn, standIn);
    }

    /// <summary>Writes a well-formed text in the alphabet; <paramref name="places"/> takes where each unit, and the end, stands in the text.</summary>
    public string Translate(ReadOnlySpan<char> text, List<int> places)
    {
        var units = new char[text.Length];
        var count = 0;
        for (var i = 0; i < text.Length; i++)
        {
            places.Add(i);
            units[count++] = char.IsHighSurrogate(text[i]) ? StandIn(char.ConvertToUtf32(text[i], text[++i])) : text[i];
        }
        places.Add(text.Length);
        return new(units, 0, count);
    }

    char StandIn(int codePoint)
    {
        var found = Array.BinarySearch(starts, codePoint);
        return standIns[found >= 0 ? found : ~found - 1];
    }
}
