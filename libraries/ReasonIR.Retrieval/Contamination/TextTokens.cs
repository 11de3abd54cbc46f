namespace ReasonIR.Retrieval.Contamination;

/// <summary>
/// A text as overlap sees it: runs of letters and digits without regard to case, each as a 64-bit hash. Punctuation, line ends and
/// markup between words do not hide a copy.
/// </summary>
public static class TextTokens
{
    const ulong FnvOffset = 14695981039346656037, FnvPrime = 1099511628211;

    /// <summary>The hashes of the text's words, put into <paramref name="into"/>, which is cleared first.</summary>
    public static void Read(string text, List<ulong> into)
    {
        into.Clear();
        var hash = FnvOffset;
        var inside = false;
        foreach (var c in text)
            if (c < 128 ? char.IsAsciiLetterOrDigit(c) : char.IsLetterOrDigit(c) || char.IsSurrogate(c))
            {
                hash = (hash ^ (c < 128 ? (uint)(c | (char.IsAsciiLetterUpper(c) ? 0x20 : 0)) : char.ToLowerInvariant(c))) * FnvPrime;
                inside = true;
            }
            else if (inside)
            {
                into.Add(Mixed(hash));
                (hash, inside) = (FnvOffset, false);
            }
        if (inside)
            into.Add(Mixed(hash));
    }

    /// <summary>Two 64-bit hashes of the whole sequence of words: equal for equal texts.</summary>
    public static UInt128 Whole(List<ulong> words)
    {
        var (high, low) = (FnvOffset, 0x9E3779B97F4A7C15);
        foreach (var word in words)
        {
            high = Mixed(high ^ word);
            low = low * 0xD6E8FEB86659FD93 + word;
        }
        return new(high, Mixed(low ^ (ulong)words.Count));
    }

    /// <summary>The finalizer of MurmurHash3: each bit of the input changes half of the output's.</summary>
    internal static ulong Mixed(ulong hash)
    {
        hash = (hash ^ hash >> 33) * 0xFF51AFD7ED558CCD;
        hash = (hash ^ hash >> 33) * 0xC4CEB9FE1A85EC53;
        return hash ^ hash >> 33;
    }
}
