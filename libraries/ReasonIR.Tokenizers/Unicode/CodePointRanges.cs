namespace ReasonIR.Tokenizers.Unicode;

/// <summary>Membership in a short sorted list of first and last code points.</summary>
static class CodePointRanges
{
    /// <param name="ranges">First and last of each range, ascending.</param>
    /// <param name="codePoint">What is sought.</param>
    public static bool Contain(ReadOnlySpan<int> ranges, int codePoint)
    {
        if (ranges.IsEmpty || codePoint < ranges[0] || codePoint > ranges[^1])
            return false;
        var found = ranges.BinarySearch(codePoint);
        // On an end: inside. Between two: inside when the one below it is a first.
        return found >= 0 || (~found & 1) == 1;
    }
}
