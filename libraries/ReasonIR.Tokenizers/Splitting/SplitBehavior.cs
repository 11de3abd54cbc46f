using ReasonIR.Tokenizers.Text;

namespace ReasonIR.Tokenizers.Splitting;

/// <summary>What becomes of the delimiters when <c>the-final--countdown</c> is split at <c>-</c>.</summary>
public enum SplitBehavior
{
    /// <summary><c>the final countdown</c></summary>
    Removed,

    /// <summary><c>the - final - - countdown</c></summary>
    Isolated,

    /// <summary><c>the- final- - countdown</c></summary>
    MergedWithPrevious,

    /// <summary><c>the -final - -countdown</c></summary>
    MergedWithNext,

    /// <summary><c>the - final -- countdown</c></summary>
    Contiguous,
}

/// <summary>A text and its matches to pieces.</summary>
static class Splitter
{
    /// <param name="text">What is split.</param>
    /// <param name="matches">The delimiters, or with <paramref name="invert"/> what stands between them.</param>
    /// <param name="behavior">What becomes of the delimiters.</param>
    /// <param name="invert">Whether the matches are what is kept.</param>
    /// <param name="pieces">Takes the pieces that are not empty.</param>
    public static void Split(NormalizedText text, List<TextMatch> matches, SplitBehavior behavior, bool invert, List<NormalizedText> pieces)
    {
        // The piece that may still grow (none: from == to), and whether the segment before was a delimiter.
        var (from, to, previous) = (0, 0, false);
        var done = 0;
        foreach (var (start, end) in matches)
        {
            if (done < start)
                Take(done, start, invert);
            Take(start, end, !invert);
            done = end;
        }
        if (done < text.Length)
            Take(done, text.Length, invert);
        Flush();

        void Take(int start, int end, bool delimiter)
        {
            var grows = behavior switch
            {
                SplitBehavior.Contiguous => delimiter == previous,
                SplitBehavior.MergedWithPrevious => delimiter && !previous,
                SplitBehavior.MergedWithNext => previous && !delimiter,
                _ => false,
            };
            previous = delimiter;
            if (!grows)
            {
                Flush();
                from = start;
            }
            to = end;
            if (behavior == SplitBehavior.Removed && delimiter)
                from = to;
        }

        void Flush()
        {
            if (from < to)
                pieces.Add(text.Slice(from, to - from));
            from = to;
        }
    }
}
