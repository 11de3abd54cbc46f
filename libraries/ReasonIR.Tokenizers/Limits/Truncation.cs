namespace ReasonIR.Tokenizers.Limits;

/// <summary>Which half of a pair gives way.</summary>
public enum TruncationStrategy { LongestFirst, OnlyFirst, OnlySecond }

/// <summary>The end that tokens are cut from, or padding is added at.</summary>
public enum Side { Left, Right }

/// <summary>Cuts an input to a number of tokens, the special ones included. What is cut off is not returned.</summary>
/// <param name="MaxLength">Tokens.</param>
/// <param name="Strategy">Which half of a pair gives way.</param>
/// <param name="Direction">The end that is cut.</param>
/// <param name="WholeCharacters">
/// A cut falls between tokens, and a character may be several tokens: the bytes of an emoji in byte-level BPE, the two letters that a
/// normalizer makes of a ligature. The reference keeps the part of such a character that fits (golden), which decodes to U+FFFD; so it is
/// done where this is false, as models expect. True: the rest of a character that was cut into goes too, so that what is left decodes to a
/// whole beginning (or end) of the text; the result may then be up to a character's tokens shorter than allowed.
/// </param>
public sealed record Truncation(
    int MaxLength, TruncationStrategy Strategy = TruncationStrategy.LongestFirst, Side Direction = Side.Right, bool WholeCharacters = false)
{
    /// <summary>The halves, cut; <paramref name="added"/> special tokens will come to them.</summary>
    /// <exception cref="ArgumentException">The half that the strategy names cannot give way far enough.</exception>
    internal (Encoding First, Encoding? Second) Apply(Encoding first, Encoding? second, int added)
    {
        var max = Math.Max(0, MaxLength - added);
        var total = first.Count + (second?.Count ?? 0);
        if (total <= max)
            return (first, second);
        if (max == 0)
            return (Cut(first, 0), second is null ? null : Cut(second, 0));

        var excess = total - max;
        switch (Strategy)
        {
            case TruncationStrategy.LongestFirst when second is null:
                return (Cut(first, max), null);
            case TruncationStrategy.LongestFirst:
                var (n1, n2) = LongestFirst(first.Count, second.Count, max);
                return (Cut(first, n1), Cut(second, n2));
            case TruncationStrategy.OnlyFirst when first.Count > excess:
                return (Cut(first, first.Count - excess), second);
            case TruncationStrategy.OnlySecond when second is not null && second.Count > excess:
                return (first, Cut(second, second.Count - excess));
            default:
                throw new ArgumentException($"The input has {total} tokens (without {added} special ones), {MaxLength} are allowed, and cutting {Strategy} alone cannot reach that.");
        }
    }

    /// <summary>Not one by one: the shorter half stays whole while it fits, otherwise both get half, the odd token to the longer.</summary>
    static (int First, int Second) LongestFirst(int first, int second, int max)
    {
        var (shorter, longer) = first > second ? (second, first) : (first, second);
        longer = shorter > max ? shorter : Math.Max(shorter, max - shorter);
        if (shorter + longer > max)
            (shorter, longer) = (max / 2, max / 2 + max % 2);
        return first > second ? (longer, shorter) : (shorter, longer);
    }

    Encoding Cut(Encoding encoding, int length)
    {
        if (encoding.Count <= length)
            return encoding;
        // Where the encoding is cut in two.
        var at = Direction == Side.Right ? length : encoding.Count - length;
        while (WholeCharacters && at > 0 && at < encoding.Count && encoding.Offsets[at].Start < encoding.Offsets[at - 1].End)
            at += Direction == Side.Right ? -1 : 1;
        return Direction == Side.Right ? EncodingBuilder.Slice(encoding, 0, at) : EncodingBuilder.Slice(encoding, at, encoding.Count - at);
    }
}
